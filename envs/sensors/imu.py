"""An inertial unit: what it would ideally read of a motion, and its errors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

Array = npt.NDArray[np.floating]
GRAVITY = 9.81
"""m/s2, along -Z of the world."""


def ideal_imu(positions: Array, rotations: Array, dt: float) -> tuple[Array, Array]:
    """Angular rate (n - 2, 3) in rad/s and specific force (n - 2, 3) in m/s2 at the inner of n poses.

    Each is the mean over `dt` before and after the pose, so that integrating by the trapezoidal rule gives
    the motion back.

    Args:
        positions: (n, 3) of the unit in the world, m, `dt` s apart.
        rotations: (n, 3, 3) from the unit's axes to the world's.
    """
    turns = Rotation.from_matrix(rotations)
    gyro = (turns[:-2].inv() * turns[2:]).as_rotvec() / (2 * dt)
    acceleration = np.diff(positions, 2, axis=0) / dt**2
    return gyro, turns[1:-1].inv().apply(acceleration + np.array([0.0, 0.0, GRAVITY]))


def add_errors(
    values: Array, rate: float, density: float, walk: float, rng: np.random.Generator, start: float = 0.0
) -> tuple[Array, Array]:
    """Readings and bias (n, 3) of true values (n, 3) sampled at `rate` Hz.

    White noise of `density` (unit/sqrt(Hz)) has the variance density^2 * rate; the bias begins within
    `start` (standard deviation, unit) and walks: its variance grows by walk^2 a second (Trawny and
    Roumeliotis, 2005, eq. 131 and 139).
    """
    steps = walk / np.sqrt(rate) * rng.standard_normal(values.shape)
    bias = start * rng.standard_normal(values.shape[1]) + np.cumsum(steps, axis=0)
    return values + bias + density * np.sqrt(rate) * rng.standard_normal(values.shape), bias
