"""Our seeded problems: the same again, where their kind says, and free by brute force of its own."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.planning.collision.obstacles import Box, Cylinder, Obstacle
from gaitway.planning.errors import ProblemError, RobotModelError
from gaitway.planning.problems.generate import COUNT, HELD, READY, our_arm, own_problems
from gaitway.planning.problems.own_json import problems_json
from gaitway.planning.problems.problem import Problem, problem_group
from gaitway.planning.robot.model import RobotModel
from gaitway.planning.robot.read import read_robot
from gaitway.planning.robot.self_collision import CHECK
from gaitway.planning.robot.tree import FIXED, REVOLUTE
from scipy.spatial.transform import Rotation


@pytest.fixture(scope="module")
def arm() -> RobotModel:
    return our_arm()


@pytest.fixture(scope="module")
def problems(arm: RobotModel) -> list[Problem]:
    return own_problems(arm)


def _link_poses(arm: RobotModel, q: np.ndarray) -> np.ndarray:
    """(N, L, 4, 4) by products of matrices, with the fingers at what is held."""
    tree = arm.tree
    out = np.tile(np.eye(4), (len(q), len(tree.parent), 1, 1))
    for row in range(1, len(tree.parent)):
        name = tree.joint_names[tree.leader[row]]
        held = np.full(len(q), HELD.get(name, 0.0))
        value = q[:, int(name[5:]) - 1] if name.startswith("joint") else held
        value = tree.multiplier[row] * value + tree.offset[row]
        motion = np.tile(np.eye(4), (len(q), 1, 1))
        if tree.joint_type[row] == REVOLUTE:
            motion[:, :3, :3] = Rotation.from_rotvec(value[:, None] * tree.axis[row]).as_matrix()
        elif tree.joint_type[row] != FIXED:
            motion[:, :3, 3] = value[:, None] * tree.axis[row]
        out[:, row] = out[:, tree.parent[row]] @ tree.parent_to_joint[row] @ motion @ tree.joint_to_link[row]
    return out


def _distance(obstacle: Obstacle, points: np.ndarray) -> np.ndarray:
    """To the outside of a box or cylinder, by its definition; 0 inside."""
    assert isinstance(obstacle, Box | Cylinder)
    local = (points - obstacle.centre) @ Rotation.from_quat(
        np.asarray(obstacle.quaternion), scalar_first=True
    ).as_matrix()
    if isinstance(obstacle, Box):
        return np.linalg.norm(np.maximum(np.abs(local) - np.asarray(obstacle.size) / 2, 0), axis=-1)
    over = np.maximum(np.linalg.norm(local[..., :2], axis=-1) - obstacle.radius, 0)
    return np.hypot(over, np.maximum(np.abs(local[..., 2]) - obstacle.height / 2, 0))


def test_every_start_and_goal_is_free_by_brute_force(arm, problems):
    q = np.array([end for problem in problems for end in (problem.start, problem.goals[0])])
    assert (q >= arm.tree.limits.lower[arm.tree.moving[:7]]).all()
    assert (q <= arm.tree.limits.upper[arm.tree.moving[:7]]).all()
    poses = _link_poses(arm, q)[:, arm.sphere_link]
    centres = np.einsum("Nsij,sj->Nsi", poses[..., :3, :3], arm.sphere_centre) + poses[..., :3, 3]
    moves = arm.sphere_link > list(arm.tree.link_names).index("link0")
    for number, problem in enumerate(problems):
        ends = centres[2 * number : 2 * number + 2, moves]
        for name, obstacle in problem.world.obstacles.items():
            gap = _distance(obstacle, ends) - arm.sphere_radius[moves]
            assert gap.min() > 0.0049, (problem.name, name)
    kinds = arm.pairs[np.ix_(arm.sphere_link, arm.sphere_link)]
    first, second = np.nonzero(np.triu(kinds == CHECK, 1))
    reach = arm.sphere_radius[first] + arm.sphere_radius[second]
    for own in centres:
        assert (np.linalg.norm(own[first] - own[second], axis=1) > reach).all()


def test_there_are_500_of_three_kinds_each_worth_planning(problems):
    assert len(problems) == COUNT == 500
    assert {p.scene: 0 for p in problems}.keys() == {"tabletop", "shelf", "bin"}
    assert len({p.name for p in problems}) == 500
    assert all(len(p.world.obstacles) >= 4 and p.valid for p in problems)
    assert all(np.abs(p.start - p.goals[0]).max() > 0.1 for p in problems)
    from_ready = sum(np.allclose(p.start, READY) for p in problems)
    assert 100 < from_ready < 250


def test_the_same_seed_makes_the_same_problems_and_another_others(arm, problems):
    assert problems_json(own_problems(arm, 9)) == problems_json(problems[:9])
    assert problems_json(own_problems(arm, 3, seed=1)) != problems_json(problems[:3])


def test_a_goal_is_where_its_kind_says(arm, problems):
    tool = list(arm.tree.link_names).index("tool")
    goals = np.array([problem.goals[0] for problem in problems])
    pose = _link_poses(arm, goals)[:, tool]
    for problem, at in zip(problems, pose, strict=True):
        direction, height = at[:3, 2], at[2, 3]
        if problem.scene == "shelf":
            assert abs(direction[2]) < np.sin(0.35)  # the tool reaches in from the front
            assert np.linalg.norm(at[:2, 3]) > 0.35
        else:
            assert direction[2] < -np.cos(0.35)  # it points down
            table = problem.world.obstacles["table"]
            assert isinstance(table, Box)
            assert 0.02 < height - np.asarray(table.centre)[2] < 0.3


def test_the_arm_made_ready_is_that_of_its_file(arm):
    tree = read_robot(ASSETS / "robots" / "arm.usda").tree
    assert arm.tree.link_names == tree.link_names
    assert arm.tree.joint_names == tree.joint_names
    for field in ("parent", "joint_type", "axis", "parent_to_joint", "joint_to_link", "multiplier"):
        np.testing.assert_allclose(getattr(arm.tree, field), getattr(tree, field), atol=1e-12)
    rows = tree.moving
    for field in ("lower", "upper", "velocity", "acceleration", "jerk", "effort"):
        np.testing.assert_allclose(getattr(arm.tree.limits, field)[rows], getattr(tree.limits, field)[rows])


def test_bad_input_is_refused(arm, problems):
    with pytest.raises(ProblemError, match="0 problems are asked for"):
        own_problems(arm, 0)
    strange = Problem("a/0", "x", ("elbow",), np.zeros(1), np.ones((1, 1)), problems[0].world)
    with pytest.raises(RobotModelError, match="no joint 'elbow'"):
        problem_group(arm.tree, strange)
    part = Problem("a/0", "x", ("joint2", "joint3"), np.zeros(2), np.ones((1, 2)), problems[0].world)
    with pytest.raises(
        ProblemError, match=r"plans joint2, joint3, but between .* move joint1, joint2, joint3"
    ):
        problem_group(arm.tree, part)
