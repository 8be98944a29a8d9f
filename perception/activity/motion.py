"""A Kalman filter on the floor: position and velocity, driven by white acceleration."""

from __future__ import annotations

import numpy as np

from ..poses import Array

ACCELERATION = 2.0
"""Standard deviation of the acceleration along each axis, m/s2."""
_FIRST_SPEED = 1.2  # sd of the velocity of what was seen once, m/s


def first_state(position: Array, spread: float) -> tuple[Array, Array]:
    """Mean (4,) = x, y, vx, vy and covariance (4, 4) after one look."""
    return np.concatenate([position, np.zeros(2)]), np.diag([spread**2] * 2 + [_FIRST_SPEED**2] * 2)


def predict(mean: Array, covariance: Array, seconds: float) -> tuple[Array, Array]:
    """States (..., 4) and (..., 4, 4) `seconds` later (Bar-Shalom, "Estimation with Applications", 6.3.2)."""
    move = np.eye(4)
    move[0, 2] = move[1, 3] = seconds
    gain = np.array([[seconds**2 / 2, 0], [0, seconds**2 / 2], [seconds, 0], [0, seconds]])
    noise = gain @ gain.T * ACCELERATION**2
    return mean @ move.T, move @ covariance @ move.T + noise


def mahalanobis(mean: Array, covariance: Array, position: Array, spread: Array) -> tuple[Array, Array]:
    """Squared distances (t, d) of positions (d, 2) with `spread` (t, d) from states (t, 4), (t, 4, 4).

    And the logarithm of the determinant (t, d) of the covariance of each innovation.
    """
    error = position[None] - mean[:, None, :2]
    noise = spread[:, :, None, None] ** 2 * np.eye(2)
    innovation = covariance[:, None, :2, :2] + noise
    distance = np.einsum("tdi,tdij,tdj->td", error, np.linalg.inv(innovation), error)
    return distance, np.log(np.linalg.det(innovation))


def update(mean: Array, covariance: Array, position: Array, spread: float) -> tuple[Array, Array]:
    """The state (4,), (4, 4) after seeing it at `position` (2,), in Joseph's form."""
    noise = np.eye(2) * spread**2
    gain = covariance[:, :2] @ np.linalg.inv(covariance[:2, :2] + noise)
    rest = np.eye(4)
    rest[:, :2] -= gain
    return mean + gain @ (position - mean[:2]), rest @ covariance @ rest.T + gain @ noise @ gain.T
