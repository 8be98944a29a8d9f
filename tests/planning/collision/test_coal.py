"""Distances beside coal, which has its own shapes and its own way to them."""

from __future__ import annotations

from typing import Any

import coal  # pyright: ignore[reportMissingImports]
import numpy as np
import pytest
from gaitway.planning.collision.body import CollisionBody, collision_body
from gaitway.planning.collision.distance_numba import distances
from gaitway.planning.collision.free_numba import is_free
from gaitway.planning.collision.obstacles import Box, Capsule, Cylinder, Obstacle, Sphere
from gaitway.planning.collision.world import World
from gaitway.planning.robot.group import select_group
from gaitway.planning.robot.model import RobotModel
from gaitway.planning.robot.self_collision import ADJACENT
from gaitway.planning.robot.tree import JointRecord, build_tree
from scipy.spatial.transform import Rotation

RADIUS = 0.07
COUNT = 400


@pytest.fixture(scope="module")
def ball() -> CollisionBody:
    """A sphere of 7 cm on three slides."""
    links = ["base", "x", "y", "z"]
    joints = [
        JointRecord(f"j{n}", "prismatic", links[n], links[n + 1], axis=tuple(axis), lower=-2, upper=2)
        for n, axis in enumerate(np.eye(3))
    ]
    tree = build_tree("ball", links, joints)
    bound = np.array([0, 0, 0, RADIUS])
    spheres = np.array([3], np.int32), np.zeros((1, 3)), np.array([RADIUS])
    robot = RobotModel(tree, *spheres, np.zeros((4, 3)), bound, np.full((4, 4), ADJACENT, np.int8))
    return collision_body(robot, select_group(tree, "base", "z"))


def _pair(kind: str, rng: np.random.Generator) -> tuple[Obstacle, Any, np.ndarray, np.ndarray]:
    """A random obstacle, coal's, and coal's rotation and position of it."""
    centre, size = rng.uniform(-0.5, 0.5, 3), rng.uniform(0.05, 0.4, 3)
    turn = Rotation.random(rng=rng)
    wxyz, matrix = np.roll(turn.as_quat(), 1), turn.as_matrix()
    along = matrix[:, 2] * size[1] / 2
    made = {
        "sphere": lambda: (Sphere(centre, size[0]), coal.Sphere(size[0])),
        "box": lambda: (Box(centre, size, wxyz), coal.Box(*size)),
        "cylinder": lambda: (Cylinder(centre, size[0], size[1], wxyz), coal.Cylinder(size[0], size[1])),
        "capsule": lambda: (
            Capsule(centre - along, centre + along, size[0]),
            coal.Capsule(size[0], size[1]),
        ),
    }[kind]()
    return *made, matrix, centre


@pytest.mark.parametrize("kind", ["sphere", "box", "cylinder", "capsule"])
def test_distances_are_those_of_coal(ball: CollisionBody, kind: str) -> None:
    rng = np.random.default_rng(0)
    shape, request = coal.Sphere(RADIUS), coal.DistanceRequest()
    request.gjk_tolerance = request.epa_tolerance = 1e-7
    touching = 0
    for _ in range(COUNT):
        obstacle, theirs, matrix, centre = _pair(kind, rng)
        q = rng.uniform(-0.5, 0.5, 3)
        poses = coal.Transform3s(np.eye(3), q), coal.Transform3s(matrix, centre)
        expected = coal.distance(shape, poses[0], theirs, poses[1], request, coal.DistanceResult())
        world = World({kind: obstacle})
        ours = distances(ball, world, q).distance[0, 0]
        if abs(expected) > 1e-4:
            assert is_free(ball, world, q)[0] == (expected > 0)
        touching += -RADIUS < expected < 0
        # Where the ball's centre is inside, coal iterates to a depth that is 1 cm off at times.
        assert abs(ours - expected) < 1e-4 or (expected < -RADIUS and expected < ours)
    assert touching > 5
