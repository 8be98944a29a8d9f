"""What IMU and wheels say about two consecutive keyframes, as residuals that are white with variance 1.

The inertial factor is that of Forster et al. (2017), for positions that are perturbed in the world's
axes, with gravity as a variable: its direction is not known exactly when the IMU is started.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..poses import Array, rotation_exp, rotation_log
from .dead_reckoning import WheelMotion
from .keyframe import SIZE, State
from .preintegration import Preintegrated, right_jacobian
from .resection import skew

GRAVITY_SIZE = 3


@dataclass(frozen=True, eq=False)
class Linear:
    """A whitened residual (m,) and its derivatives by gravity (m, 3) and by both states (m, 15)."""

    residual: Array
    by_gravity: Array
    by_first: Array
    by_second: Array

    def whitened(self, covariance: Array) -> Linear:
        """Divided by the root of a covariance (m, m)."""
        root = np.linalg.inv(np.linalg.cholesky(covariance))
        return Linear(
            root @ self.residual, root @ self.by_gravity, root @ self.by_first, root @ self.by_second
        )


def inertial_factor(inertial: Preintegrated, first: State, second: State, gravity: Array) -> Linear:
    """Rotation, velocity and position increments (9,), and the walk of both biases (6,)."""
    dt, noise = inertial.duration, inertial.noise
    turn, velocity, position = inertial.corrected(first.gyro_bias, first.accel_bias)
    back = first.pose[:3, :3].T
    between = back @ second.pose[:3, :3]
    speed_up = back @ (second.velocity - first.velocity - gravity * dt)
    shift = second.pose[:3, 3] - first.pose[:3, 3] - first.velocity * dt - gravity * dt**2 / 2
    way = back @ shift
    error = rotation_log(turn.T @ between)
    walks = (second.gyro_bias - first.gyro_bias, second.accel_bias - first.accel_bias)
    residual = np.concatenate([error, speed_up - velocity, way - position, *walks])

    by_gravity = np.zeros((15, GRAVITY_SIZE))
    by_gravity[3:6], by_gravity[6:9] = -back * dt, -back * dt**2 / 2
    by_first, by_second = np.zeros((15, SIZE)), np.zeros((15, SIZE))
    log_jacobian = np.linalg.inv(right_jacobian(error))
    change = inertial.by_bias[:3, :3] @ (first.gyro_bias - inertial.gyro_bias)
    by_first[:3, :3] = -log_jacobian @ between.T
    by_first[:3, 9:12] = (
        -log_jacobian @ rotation_exp(error).T @ right_jacobian(change) @ inertial.by_bias[:3, :3]
    )
    by_first[3:6, :3], by_first[6:9, :3] = skew(speed_up), skew(way)
    by_first[3:6, 6:9], by_first[6:9, 6:9] = -back, -back * dt
    by_first[6:9, 3:6] = -back
    by_first[3:9, 9:] = -inertial.by_bias[3:]
    by_second[:3, :3] = log_jacobian
    by_second[3:6, 6:9] = by_second[6:9, 3:6] = back
    by_first[9:, 9:], by_second[9:, 9:] = -np.eye(6), np.eye(6)

    covariance = np.zeros((15, 15))
    covariance[:9, :9] = inertial.covariance + 1e-12 * np.eye(9)
    variances = np.repeat([noise.gyro_walk**2, noise.accel_walk**2], 3)
    covariance[9:, 9:] = np.diag(variances * dt + 1e-14)
    return Linear(residual, by_gravity, by_first, by_second).whitened(covariance)


def wheel_factor(wheels: WheelMotion, first: State, second: State) -> Linear:
    """The way (3,) in the body's frame at the first."""
    back = first.pose[:3, :3].T
    way = back @ (second.pose[:3, 3] - first.pose[:3, 3])
    by_first, by_second = np.zeros((3, SIZE)), np.zeros((3, SIZE))
    by_first[:, :3], by_first[:, 3:6], by_second[:, 3:6] = skew(way), -back, back
    none = np.zeros((3, GRAVITY_SIZE))
    return Linear(way - wheels.position, none, by_first, by_second).whitened(wheels.covariance)
