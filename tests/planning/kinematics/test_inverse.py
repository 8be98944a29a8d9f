"""Inverse kinematics: checked by forward kinematics, a closed form, and what cannot be solved."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.planning.errors import ConfigurationError, PoseError
from gaitway.planning.kinematics.forward_numba import tip_poses
from gaitway.planning.kinematics.inverse import ANGLE_TOLERANCE, InverseKinematics
from gaitway.planning.robot.group import JointGroup, select_group
from gaitway.planning.robot.tree import JointRecord, build_tree
from gaitway.planning.robot.usd import read_usd
from scipy.spatial.transform import Rotation


@pytest.fixture(scope="module")
def arm() -> InverseKinematics:
    return InverseKinematics(select_group(read_usd(ASSETS / "robots" / "arm.usda").tree, "link0", "tool"))


def reachable(group: JointGroup, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(configurations, positions, quaternions wxyz) within limits."""
    q = np.random.default_rng(seed).uniform(group.limits.lower, group.limits.upper, (count, group.dof))
    poses = tip_poses(group, q)
    quaternions = np.roll(Rotation.from_matrix(poses[:, :3, :3]).as_quat(), 1, axis=1)
    return q, poses[:, :3, 3], quaternions


def errors(group: JointGroup, q: np.ndarray, p: np.ndarray, quaternions: np.ndarray) -> tuple:
    """(distances, angles) of tips at q (B, n) from poses, by SciPy's rotations."""
    poses = tip_poses(group, q)
    turn = Rotation.from_matrix(poses[:, :3, :3]).inv() * Rotation.from_quat(np.roll(quaternions, -1, axis=1))
    return np.linalg.norm(poses[:, :3, 3] - p, axis=1), turn.magnitude()


def test_random_poses_are_reached(arm: InverseKinematics) -> None:
    _, p, quaternions = reachable(arm.group, 1000)
    answer = arm.solve(p, quaternions)
    assert (answer.found == 1).mean() >= 0.995
    solved = answer.found == 1
    q = answer.q[solved, 0]
    distance, angle = errors(arm.group, q, p[solved], quaternions[solved])
    assert distance.max() <= 1e-3
    assert angle.max() <= ANGLE_TOLERANCE
    assert (q >= arm.group.limits.lower).all() and (q <= arm.group.limits.upper).all()
    np.testing.assert_allclose(answer.distance[solved], distance, atol=1e-9)


def test_many_solutions_differ_and_are_ranked(arm: InverseKinematics) -> None:
    q, p, quaternions = reachable(arm.group, 30, seed=1)
    answer = arm.solve(p, quaternions, solutions=6, reference=q)
    assert answer.found.min() >= 4
    for solutions, count, near in zip(answer.q, answer.found, q, strict=True):
        assert np.isnan(solutions[count:]).all()
        apart = np.abs(solutions[:count, None] - solutions[None, :count]).max(axis=2)
        assert apart[~np.eye(count, dtype=bool)].min() > 0.02
        away = np.linalg.norm(solutions[:count] - near, axis=1)
        assert (np.diff(away) >= 0).all()
        assert away[0] < 1e-2  # the reference itself is a solution


def test_a_free_axis_may_turn_and_nothing_else(arm: InverseKinematics) -> None:
    _, p, quaternions = reachable(arm.group, 100, seed=2)
    answer = arm.solve(p, quaternions, free_axis=(0, 0, 1))
    assert (answer.found == 1).all()
    poses = tip_poses(arm.group, answer.q[:, 0])
    asked = Rotation.from_quat(np.roll(quaternions, -1, axis=1)).as_matrix()
    tilt = np.arccos(np.clip((poses[:, :3, 2] * asked[:, :, 2]).sum(axis=1), -1, 1))
    assert tilt.max() <= ANGLE_TOLERANCE
    _, angle = errors(arm.group, answer.q[:, 0], p, quaternions)
    assert np.median(angle) > 0.1


def test_solutions_in_collision_are_dropped(arm: InverseKinematics) -> None:
    _, p, quaternions = reachable(arm.group, 20, seed=3)
    everything = arm.solve(p, quaternions, solutions=4)
    bent = arm.solve(p, quaternions, solutions=4, is_free=lambda q: q[:, 0] > 0)
    np.testing.assert_array_equal(bent.found, (everything.q[..., 0] > 0).sum(axis=1))
    assert (bent.q[~np.isnan(bent.q).any(axis=2)][:, 0] > 0).all()


def planar(lower: float = -np.inf) -> JointGroup:
    def along(x: float) -> np.ndarray:
        pose = np.eye(4)
        pose[0, 3] = x
        return pose

    joints = [
        JointRecord("a", "revolute", "base", "upper", lower=lower, upper=-lower),
        JointRecord("b", "revolute", "upper", "lower", along(0.5), lower=-3, upper=3),
        JointRecord("end", "fixed", "lower", "tip", along(0.3)),
    ]
    return select_group(build_tree("planar", ["base", "upper", "lower", "tip"], joints), "base", "tip")


def test_two_links_in_closed_form() -> None:
    """Elbow up and down by the law of cosines; the direction of the tip is free."""
    x, y = 0.4, 0.35
    solver = InverseKinematics(planar())
    answer = solver.solve([x, y, 0], [1, 0, 0, 0], solutions=2, free_axis=(0, 0, 1))
    bend = np.arccos((x * x + y * y - 0.5**2 - 0.3**2) / (2 * 0.5 * 0.3))
    for b in (bend, -bend):
        a = np.arctan2(y, x) - np.arctan2(0.3 * np.sin(b), 0.5 + 0.3 * np.cos(b))
        assert np.abs(answer.q[0] - [a, b]).max(axis=1).min() < 1e-3


def test_endless_joints_stay_near_the_reference() -> None:
    solver = InverseKinematics(planar())
    answer = solver.solve([0.4, 0.35, 0], [1, 0, 0, 0], reference=[20.0, 1.0], free_axis=(0, 0, 1))
    assert abs(answer.q[0, 0, 0] - 20) <= np.pi


def test_what_is_out_of_reach_says_how_far() -> None:
    answer = InverseKinematics(planar()).solve([1.0, 0, 0], [1, 0, 0, 0])
    assert answer.found[0] == 0
    assert np.isnan(answer.q).all()
    assert "200.0 mm" in answer.explain(0)  # 0.8 m of arm, 1 m away


@pytest.mark.parametrize(
    ("p", "quaternion", "options", "error", "words"),
    [
        ([np.nan, 0, 0], [1, 0, 0, 0], {}, PoseError, "pose 0: holds a value"),
        ([0, 0, 0], [1, 1, 0, 0], {}, PoseError, "length 1.414; normalise"),
        ([0, 0], [1, 0, 0, 0], {}, PoseError, r"\(B, 3\) and \(B, 4\)"),
        ([0, 0, 0], [1, 0, 0, 0], {"tolerance": (0, 1)}, PoseError, "must be a positive"),
        ([0, 0, 0], [1, 0, 0, 0], {"free_axis": (0, 0, 0)}, PoseError, "must be a direction"),
        ([0, 0, 0], [1, 0, 0, 0], {"solutions": 0}, PoseError, "ask for one"),
        ([0, 0, 0], [1, 0, 0, 0], {"reference": [0.0]}, ConfigurationError, "2 joints"),
    ],
)
def test_bad_input_is_refused(p, quaternion, options, error, words) -> None:
    with pytest.raises(error, match=words):
        InverseKinematics(planar()).solve(p, quaternion, **options)
