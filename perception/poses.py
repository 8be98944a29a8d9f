"""Rigid motions as (..., 4, 4) matrices and as quaternions (w, x, y, z)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation, Slerp

Array = npt.NDArray[np.floating]


def make_pose(position: npt.ArrayLike, quaternion: npt.ArrayLike = (1.0, 0.0, 0.0, 0.0)) -> Array:
    """Pose (..., 4, 4) at `position` (..., 3) in m, turned by `quaternion` (..., 4), wxyz, not 0."""
    position, quaternion = np.asarray(position, float), np.asarray(quaternion, float)
    return pose_of(position, Rotation.from_quat(quaternion.reshape(-1, 4), scalar_first=True).as_matrix())


def pose_of(position: npt.ArrayLike, rotation: npt.ArrayLike) -> Array:
    """Pose (..., 4, 4) of `position` (..., 3) in m and a rotation matrix (..., 3, 3) or as many of them."""
    position = np.asarray(position, float)
    pose = np.zeros((*position.shape[:-1], 4, 4))
    pose[..., :3, :3] = np.reshape(rotation, (*position.shape[:-1], 3, 3))
    pose[..., :3, 3] = position
    pose[..., 3, 3] = 1.0
    return pose


def quaternion_of(pose: Array) -> Array:
    """Unit quaternions (..., 4), wxyz with w >= 0, of poses (..., 4, 4) or rotations (..., 3, 3)."""
    rotations = Rotation.from_matrix(np.asarray(pose)[..., :3, :3].reshape(-1, 3, 3))
    return rotations.as_quat(canonical=True, scalar_first=True).reshape(*np.shape(pose)[:-2], 4)


def inverse(pose: Array) -> Array:
    """`b_from_a` (..., 4, 4) of `a_from_b`."""
    turned = np.swapaxes(pose[..., :3, :3], -1, -2)
    return pose_of(-np.einsum("...ij,...j->...i", turned, pose[..., :3, 3]), turned)


def transform(pose: Array, points: Array) -> Array:
    """Points (n, 3) of frame b in frame a, by one `a_from_b` (4, 4)."""
    return points @ pose[:3, :3].T + pose[:3, 3]


def rotation_exp(vector: npt.ArrayLike) -> Array:
    """Rotation matrices (..., 3, 3) about `vector` (..., 3) by its length in rad."""
    vector = np.asarray(vector, float)
    return Rotation.from_rotvec(vector.reshape(-1, 3)).as_matrix().reshape(*vector.shape, 3)


def rotation_log(rotation: Array) -> Array:
    """Rotation vectors (..., 3), in rad, of rotation matrices (..., 3, 3)."""
    vectors = Rotation.from_matrix(np.asarray(rotation).reshape(-1, 3, 3)).as_rotvec()
    return vectors.reshape(*np.shape(rotation)[:-2], 3)


def interpolate(times: Array, poses: Array, at: npt.ArrayLike) -> Array:
    """Poses (m, 4, 4) at `at` (m,) between `poses` (n, 4, 4) at rising `times` (n,); the ends beyond them.

    Positions linearly, rotations along the shortest arc.
    """
    at = np.clip(np.asarray(at, float), times[0], times[-1])
    positions = np.column_stack([np.interp(at, times, poses[:, axis, 3]) for axis in range(3)])
    if len(times) == 1:
        return np.repeat(poses, len(at), axis=0)
    return pose_of(positions, Slerp(times, Rotation.from_matrix(poses[:, :3, :3]))(at).as_matrix())
