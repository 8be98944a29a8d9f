"""Poses against scipy's rotations and by their definition."""

from __future__ import annotations

import numpy as np
from gaitway.perception.poses import (
    interpolate,
    inverse,
    make_pose,
    quaternion_of,
    rotation_exp,
    rotation_log,
    transform,
)
from scipy.spatial.transform import Rotation


def random_poses(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return make_pose(rng.normal(size=(count, 3)), rng.normal(size=(count, 4)))


def test_a_quarter_turn_about_z_takes_x_to_y():
    pose = make_pose([1.0, 2.0, 3.0], [np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)])
    np.testing.assert_allclose(transform(pose, np.array([[1.0, 0.0, 0.0]])), [[1.0, 3.0, 3.0]], atol=1e-12)


def test_inverse_undoes():
    poses = random_poses(20)
    np.testing.assert_allclose(inverse(poses) @ poses, np.broadcast_to(np.eye(4), (20, 4, 4)), atol=1e-12)


def test_quaternions_come_back_with_a_positive_w():
    quaternions = quaternion_of(random_poses(50))
    assert (quaternions[:, 0] >= 0).all()
    again = make_pose(np.zeros((50, 3)), quaternions)
    np.testing.assert_allclose(again[:, :3, :3], random_poses(50)[:, :3, :3], atol=1e-12)


def test_exponential_and_logarithm():
    vectors = np.random.default_rng(1).uniform(-1, 1, (30, 3))
    np.testing.assert_allclose(rotation_exp(vectors), Rotation.from_rotvec(vectors).as_matrix(), atol=1e-12)
    np.testing.assert_allclose(rotation_log(rotation_exp(vectors)), vectors, atol=1e-9)


def test_half_way_between_two_poses():
    times = np.array([0.0, 2.0])
    poses = make_pose(np.array([[0.0, 0, 0], [2.0, 0, 0]]), np.array([[1.0, 0, 0, 0], [0.0, 0, 0, 1.0]]))
    (middle,) = interpolate(times, poses, [1.0])
    np.testing.assert_allclose(middle[:3, 3], [1.0, 0, 0])
    np.testing.assert_allclose(np.abs(rotation_log(middle[:3, :3])), [0, 0, np.pi / 2], atol=1e-9)
