"""Checks of what callers hand to kinematics."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigurationError, PoseError
from ..robot.group import JointGroup

_UNIT_TOLERANCE = 1e-3


def configurations(group: JointGroup, q: ArrayLike) -> np.ndarray:
    """Joint values as a contiguous float64 array (B, n); one configuration (n,) becomes (1, n).

    Raises:
        ConfigurationError: another number of joints, or a value that is no finite number.
    """
    try:
        values = np.ascontiguousarray(np.atleast_2d(np.asarray(q, float)))
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"joint values are no array of numbers: {error}.") from error
    if values.ndim != 2 or values.shape[1] != group.dof:
        raise ConfigurationError(
            f"joint values have the shape {np.shape(q)}; the group has {group.dof} joints: "
            f"{', '.join(group.joint_names)}."
        )
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise ConfigurationError(
            f"configuration {row}, joint {group.joint_names[column]}: {values[row, column]} "
            "is no finite number."
        )
    return values


def poses(positions: ArrayLike, quaternions: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Positions (B, 3) in m and unit quaternions wxyz (B, 4) as float64; single ones become batches of one.

    Raises:
        PoseError: other shapes, values that are no finite numbers, or a quaternion whose length is not 1.
    """
    try:
        p = np.atleast_2d(np.asarray(positions, float))
        q = np.atleast_2d(np.asarray(quaternions, float))
    except (TypeError, ValueError) as error:
        raise PoseError(f"poses are no arrays of numbers: {error}.") from error
    if p.ndim != 2 or p.shape[1] != 3 or q.shape != (len(p), 4):
        raise PoseError(
            f"positions have the shape {np.shape(positions)} and quaternions {np.shape(quaternions)}; "
            "they must be (B, 3) and (B, 4), wxyz."
        )
    finite = np.isfinite(p).all(1) & np.isfinite(q).all(1)
    if not finite.all():
        raise PoseError(f"pose {np.flatnonzero(~finite)[0]}: holds a value that is no finite number.")
    length = np.linalg.norm(q, axis=1)
    wrong = np.flatnonzero(np.abs(length - 1) > _UNIT_TOLERANCE)
    if len(wrong):
        raise PoseError(
            f"pose {wrong[0]}: its quaternion has length {length[wrong[0]]:.4g}; normalise it (w, x, y, z)."
        )
    return np.ascontiguousarray(p), np.ascontiguousarray(q / length[:, None])
