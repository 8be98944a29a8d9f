"""Where gravity is and how the gyroscope is biased, from two seconds of poses and IMU samples.

The linear solution of Qin, Li and Shen, VINS-Mono (2018), section V-B, with the scale known from stereo:
first the gyroscope's bias from rotations, then gravity and all velocities from positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..poses import Array, rotation_log
from .preintegration import Preintegrated
from .window import GRAVITY

_DURATION = 2.0  # s
_STEP = 0.2  # s between poses used
_TOLERANCE = 0.5  # m/s2 by which gravity may seem to differ from 9.81


@dataclass(frozen=True, eq=False)
class Started:
    """Gravity (3,) in the world, m/s2, its length as measured, and the gyroscope's bias (3,), rad/s."""

    gravity: Array
    measured: float
    gyro_bias: Array


class InertialStart:
    """Collects poses and what the IMU measured between them until they say where gravity is."""

    def __init__(self) -> None:
        self._poses: list[Array] = []
        self._between: list[Preintegrated] = []
        self._time = -np.inf

    def due(self, time: float) -> float | None:
        """Time of the last pose told, if the next one should be told now; -inf before the first."""
        return self._time if time - self._time >= _STEP else None

    def restart(self) -> None:
        """Forget everything: tracking was lost."""
        self._poses, self._between, self._time = [], [], -np.inf

    def tell(self, time: float, pose: Array, since: Preintegrated | None) -> Started | None:
        """Add a pose and the IMU's measurement since the last one; the answer once there is one.

        Raises:
            ValueError: the gyroscope measures in degrees, or the accelerometer in g.
        """
        if since is None or not self._poses:
            self.restart()
            self._poses, self._time = [pose], time
            return None
        self._poses.append(pose)
        self._between.append(since)
        self._time = time
        if len(self._between) * _STEP < _DURATION - 1e-9:
            return None
        self._check_gyro()
        started = solve(self._poses, self._between)
        if 0.8 < started.measured < 1.2:
            raise ValueError(
                f"The accelerometer measures {started.measured:.2f} where gravity is 9.81 m/s2; it seems "
                "to be in g: give m/s2."
            )
        if abs(started.measured - GRAVITY) < _TOLERANCE:
            return started
        self._poses, self._between = self._poses[1:], self._between[1:]
        return None

    def _check_gyro(self) -> None:
        """Compare how far the gyroscope turned with what was seen."""
        seen = np.array([rotation_log(a[:3, :3].T @ b[:3, :3]) for a, b in pairwise(self._poses)])
        rates = np.array([part.samples.gyro.mean(axis=0) * part.duration for part in self._between])
        turned, measured = np.linalg.norm(seen, axis=1).sum(), np.linalg.norm(rates, axis=1).sum()
        if turned > 0.1 and measured > 20 * turned:
            raise ValueError(
                f"The gyroscope turned by {measured:.1f} while the cameras saw {turned:.2f} rad; it seems "
                "to be in degrees: give rad/s."
            )


def solve(poses: list[Array], between: list[Preintegrated]) -> Started:
    """Gyroscope bias by Gauss-Newton's first step, then linear least squares for velocities and gravity."""
    normal, pull = np.zeros((3, 3)), np.zeros(3)
    for first, second, inertial in zip(poses[:-1], poses[1:], between, strict=True):
        error = rotation_log(inertial.rotation.T @ first[:3, :3].T @ second[:3, :3])
        by_bias = inertial.by_bias[:3, :3]
        normal += by_bias.T @ by_bias
        pull += by_bias.T @ error
    bias = between[0].gyro_bias + np.linalg.solve(normal, pull)
    between = [inertial.with_biases(bias, inertial.accel_bias) for inertial in between]

    count = len(poses)
    rows, right = np.zeros((6 * len(between), 3 * count + 3)), np.zeros(6 * len(between))
    for k, inertial in enumerate(between):
        dt, turn = inertial.duration, poses[k][:3, :3]
        here, there, gravity = slice(3 * k, 3 * k + 3), slice(3 * k + 3, 3 * k + 6), slice(3 * count, None)
        position, speed = slice(6 * k, 6 * k + 3), slice(6 * k + 3, 6 * k + 6)
        rows[position, here], rows[position, gravity] = np.eye(3) * dt, np.eye(3) * dt**2 / 2
        right[position] = poses[k + 1][:3, 3] - poses[k][:3, 3] - turn @ inertial.position
        rows[speed, here], rows[speed, there], rows[speed, gravity] = -np.eye(3), np.eye(3), -np.eye(3) * dt
        right[speed] = turn @ inertial.velocity
        rows[position] /= dt  # so that positions and velocities weigh alike
        right[position] /= dt
    gravity = np.linalg.lstsq(rows, right, rcond=None)[0][3 * count :]
    length = float(np.linalg.norm(gravity))
    return Started(gravity * GRAVITY / max(length, 1e-9), length, bias)
