"""What IMU and wheels say about two consecutive keyframes, as residuals that are white with variance 1.

The inertial factor is that of Forster et al. (2017), for positions that are perturbed in the world's
axes, with gravity as a variable: its direction is not known exactly when the IMU is started.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..poses import Array
from .dead_reckoning import WheelMotion
from .keyframe import SIZE, State
from .preintegration import Preintegrated
from .rotations import right_jacobian, skew, turn_by, turn_of

GRAVITY_SIZE = 3


@dataclass(frozen=True, eq=False)
class Linear:
    """A whitened residual (m,) and its derivatives by gravity (m, 3) and by both states (m, 15)."""

    residual: Array
    by_gravity: Array
    by_first: Array
    by_second: Array

    def whitened(self, root: Array) -> Linear:
        """Multiplied by the inverse root (m, m) of a covariance."""
        return Linear(
            root @ self.residual, root @ self.by_gravity, root @ self.by_first, root @ self.by_second
        )


def inertial_residual(inertial: Preintegrated, first: State, second: State, gravity: Array) -> Array:
    """Whitened errors of rotation, velocity and position increments (9,), and of both biases' walk (6,)."""
    return inertial.whitening @ _inertial_parts(inertial, first, second, gravity)[0]


def _inertial_parts(
    inertial: Preintegrated, first: State, second: State, gravity: Array
) -> tuple[Array, Array, Array, Array]:
    """Residual (15,), and rotation (3, 3), change of velocity and way (3,), in the body's first frame."""
    dt, back = inertial.duration, first.pose[:3, :3].T
    turn, velocity, position = inertial.corrected(first.gyro_bias, first.accel_bias)
    between = back @ second.pose[:3, :3]
    speed_up = back @ (second.velocity - first.velocity - gravity * dt)
    way = back @ (second.pose[:3, 3] - first.pose[:3, 3] - first.velocity * dt - gravity * dt**2 / 2)
    walks = (second.gyro_bias - first.gyro_bias, second.accel_bias - first.accel_bias)
    residual = np.concatenate([turn_of(turn.T @ between), speed_up - velocity, way - position, *walks])
    return residual, between, speed_up, way


def inertial_factor(inertial: Preintegrated, first: State, second: State, gravity: Array) -> Linear:
    """`inertial_residual` and its derivatives."""
    dt, back = inertial.duration, first.pose[:3, :3].T
    residual, between, speed_up, way = _inertial_parts(inertial, first, second, gravity)
    by_gravity = np.zeros((15, GRAVITY_SIZE))
    by_gravity[3:6], by_gravity[6:9] = -back * dt, -back * dt**2 / 2
    by_first, by_second = np.zeros((15, SIZE)), np.zeros((15, SIZE))
    log_jacobian = np.linalg.inv(right_jacobian(residual[:3]))
    turn_by_bias = inertial.by_bias[:3, :3]
    corrected = right_jacobian(turn_by_bias @ (first.gyro_bias - inertial.gyro_bias)) @ turn_by_bias
    by_first[:3, :3] = -log_jacobian @ between.T
    by_first[:3, 9:12] = -log_jacobian @ turn_by(residual[:3]).T @ corrected
    by_first[3:6, :3], by_first[6:9, :3] = skew(speed_up), skew(way)
    by_first[3:6, 6:9], by_first[6:9, 6:9] = -back, -back * dt
    by_first[6:9, 3:6] = -back
    by_first[3:9, 9:] = -inertial.by_bias[3:]
    by_second[:3, :3] = log_jacobian
    by_second[3:6, 6:9] = by_second[6:9, 3:6] = back
    by_first[9:, 9:], by_second[9:, 9:] = -np.eye(6), np.eye(6)
    return Linear(residual, by_gravity, by_first, by_second).whitened(inertial.whitening)


def wheel_residual(wheels: WheelMotion, first: State, second: State) -> Array:
    """Whitened error (3,) of the way in the body's frame at the first."""
    way = first.pose[:3, :3].T @ (second.pose[:3, 3] - first.pose[:3, 3])
    return (way - wheels.position) / np.sqrt(np.diag(wheels.covariance))


def wheel_factor(wheels: WheelMotion, first: State, second: State) -> Linear:
    """`wheel_residual` and its derivatives."""
    back = first.pose[:3, :3].T
    way = back @ (second.pose[:3, 3] - first.pose[:3, 3])
    by_first, by_second = np.zeros((3, SIZE)), np.zeros((3, SIZE))
    by_first[:, :3], by_first[:, 3:6], by_second[:, 3:6] = skew(way), -back, back
    none = np.zeros((3, GRAVITY_SIZE))
    whitening = np.diag(1 / np.sqrt(np.diag(wheels.covariance)))
    return Linear(way - wheels.position, none, by_first, by_second).whitened(whitening)
