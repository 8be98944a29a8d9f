"""IMU samples between two moments as one measurement of relative motion.

After Forster, Carlone, Dellaert and Scaramuzza, On-Manifold Preintegration for Real-Time Visual-Inertial
Odometry (2017): increments, bias correction, noise propagation and bias Jacobians (appendices A and B).
Samples are averaged over each interval and turned by the rotation in its middle, exact to second order.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..poses import Array, pose_of
from ..recording import ImuNoise, ImuSamples
from .rotations import right_jacobian, skew, turn_by


class Preintegrated:
    """Motion between the first and the last sample, in the body's frame at the first, apart from gravity.

    Attributes:
        duration: s.
        rotation: (3, 3) first body frame from last.
        velocity: (3,) m/s.
        position: (3,) m.
        covariance: (9, 9) of rotation (rad), velocity, position errors.
        by_bias: (9, 6) derivatives of those by gyro and accelerometer bias.
    """

    def __init__(self, samples: ImuSamples, gyro_bias: Array, accel_bias: Array, noise: ImuNoise) -> None:
        self.samples, self.noise = samples, noise
        self.gyro_bias, self.accel_bias = gyro_bias, accel_bias
        self.duration = float(samples.times[-1] - samples.times[0])
        self.rotation, self.velocity, self.position = np.eye(3), np.zeros(3), np.zeros(3)
        self.covariance, self.by_bias = np.zeros((9, 9)), np.zeros((9, 6))
        self._integrate()

    def _integrate(self) -> None:
        """Per interval: how errors go on (transition) and how white noise, or a bias, enters (noise)."""
        steps = np.diff(self.samples.times)
        turns = (self.samples.gyro[:-1] + self.samples.gyro[1:]) / 2 - self.gyro_bias
        forces = (self.samples.accel[:-1] + self.samples.accel[1:]) / 2 - self.accel_bias
        angles = turns * steps[:, None]
        for k, dt in enumerate(steps):
            whole, half = turn_by(angles[k]), turn_by(angles[k] / 2)
            middle = self.rotation @ half
            pull = middle @ forces[k]
            lever = -middle @ skew(forces[k]) * dt
            transition, noise = np.eye(9), np.zeros((9, 6))
            transition[:3, :3] = whole.T
            transition[3:6, :3] = lever @ half.T
            noise[:3, :3] = right_jacobian(angles[k]) * dt
            noise[3:6, :3] = lever @ right_jacobian(angles[k] / 2) * dt / 2
            noise[3:6, 3:] = middle * dt
            transition[6:, :3], noise[6:] = transition[3:6, :3] * dt / 2, noise[3:6] * dt / 2
            transition[6:, 3:6] = np.eye(3) * dt
            density = np.repeat([self.noise.gyro**2, self.noise.accel**2], 3) / dt
            self.covariance = transition @ self.covariance @ transition.T + (noise * density) @ noise.T
            self.by_bias = transition @ self.by_bias - noise
            self.position = self.position + self.velocity * dt + 0.5 * pull * dt**2
            self.velocity = self.velocity + pull * dt
            self.rotation = self.rotation @ whole

    @cached_property
    def whitening(self) -> Array:
        """(15, 15) that divides the errors of the increments and of the biases' walk by their deviations."""
        covariance = np.zeros((15, 15))
        covariance[:9, :9] = self.covariance + 1e-12 * np.eye(9)
        walks = np.repeat([self.noise.gyro_walk**2, self.noise.accel_walk**2], 3)
        covariance[9:, 9:] = np.diag(walks * self.duration + 1e-14)
        return np.linalg.inv(np.linalg.cholesky(covariance))

    def corrected(self, gyro_bias: Array, accel_bias: Array) -> tuple[Array, Array, Array]:
        """Rotation, velocity and position under other biases, to first order."""
        change = self.by_bias @ np.concatenate([gyro_bias - self.gyro_bias, accel_bias - self.accel_bias])
        return (
            self.rotation @ turn_by(change[:3]),
            self.velocity + change[3:6],
            self.position + change[6:],
        )

    def with_biases(self, gyro_bias: Array, accel_bias: Array) -> Preintegrated:
        """The same samples, integrated anew."""
        return Preintegrated(self.samples, gyro_bias, accel_bias, self.noise)

    def predict(self, pose: Array, velocity: Array, gravity: Array) -> tuple[Array, Array]:
        """Pose (4, 4) and velocity (3,) in the world at the end, from those at the start."""
        turn, time = pose[:3, :3], self.duration
        position = pose[:3, 3] + velocity * time + 0.5 * gravity * time**2 + turn @ self.position
        return pose_of(position, turn @ self.rotation), velocity + gravity * time + turn @ self.velocity
