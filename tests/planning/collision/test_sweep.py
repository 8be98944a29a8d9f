"""Motions past thin obstacles, beside formulas and dense sampling."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.planning.collision.body import CollisionBody, collision_body
from gaitway.planning.collision.obstacles import Sphere
from gaitway.planning.collision.sweep import STEP, reaches, sweep
from gaitway.planning.collision.world import World
from gaitway.planning.errors import ConfigurationError
from gaitway.planning.kinematics.forward_numba import link_poses
from gaitway.planning.robot.group import select_group
from gaitway.planning.robot.model import RobotModel
from gaitway.planning.robot.self_collision import ADJACENT
from gaitway.planning.robot.tree import JointRecord, build_tree


@pytest.fixture(scope="module")
def pendulum() -> CollisionBody:
    """A ball of 1 cm at 1 m from a turning joint, on a slide."""
    at = np.eye(4)
    at[2, 3] = 0.3
    joints = [
        JointRecord("slide", "prismatic", "base", "cart", at, axis=(1, 0, 0), lower=-1, upper=1),
        JointRecord("turn", "revolute", "cart", "arm", axis=(0, 0, 1), lower=-3, upper=3),
    ]
    tree = build_tree("pendulum", ["base", "cart", "arm"], joints)
    ball, size = np.array([[1.0, 0, 0]]), np.array([0.01])
    bound = np.array([[0, 0, 0], [0, 0, 0], [1.0, 0, 0]]), np.array([0, 0, 0.01])
    robot = RobotModel(tree, np.array([2], np.int32), ball, size, *bound, np.full((3, 3), ADJACENT, np.int8))
    return collision_body(robot, select_group(tree, "base", "arm"))


def test_thin_obstacle_is_met_where_geometry_says(pendulum: CollisionBody) -> None:
    wire = World({"wire": Sphere((np.cos(1.0), np.sin(1.0), 0.3), 0.001)})
    met = sweep(pendulum, wire, [0, 0], [0, 2])
    assert not met.is_free
    # The spheres of 11 mm in all touch at 1 - 2 asin(0.0055) rad; caution costs at most a step and a half.
    touch = (1 - 2 * np.arcsin(0.0055)) / 2
    assert touch - 1.5 * STEP / 2 - 1e-9 <= met.fraction <= touch
    assert "'arm'" in met.reason and "obstacle 'wire'" in met.reason
    assert sweep(pendulum, wire, [0, 0], [0, 0.95]).fraction == 1.0
    assert sweep(pendulum, World(), [0, -2], [1, 2]).is_free


def test_no_sphere_moves_farther_than_its_bound(pendulum: CollisionBody) -> None:
    rng = np.random.default_rng(0)
    a = rng.uniform([-1, -3], [1, 3], (500, 2))
    b = a + rng.normal(0, 0.1, (500, 2))
    arm = pendulum.robot.tree.link("arm")
    moved = [link_poses(pendulum.group, q, arm)[:, 0] @ [1.0, 0, 0, 1] for q in (a, b)]
    bound = np.abs(b - a) @ reaches(pendulum)[0]
    assert (np.linalg.norm(moved[1] - moved[0], axis=1) <= bound + 1e-12).all()


def test_bad_ends_are_refused(pendulum: CollisionBody) -> None:
    with pytest.raises(ConfigurationError, match="turn"):
        sweep(pendulum, World(), [0, 0], [0, np.nan])
