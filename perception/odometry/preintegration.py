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
    """

    def __init__(self, samples: ImuSamples, gyro_bias: Array, accel_bias: Array, noise: ImuNoise) -> None:
        self.samples, self.noise = samples, noise
        self.gyro_bias, self.accel_bias = gyro_bias, accel_bias
        self.duration = float(samples.times[-1] - samples.times[0])
        self.rotation, self.velocity, self.position = np.eye(3), np.zeros(3), np.zeros(3)
        self._integrate()

    def _integrate(self) -> None:
        steps = np.diff(self.samples.times)
        turns = (self.samples.gyro[:-1] + self.samples.gyro[1:]) / 2 - self.gyro_bias
        forces = (self.samples.accel[:-1] + self.samples.accel[1:]) / 2 - self.accel_bias
        self._intervals = []
        for angle, force, dt in zip(turns * steps[:, None], forces, steps, strict=True):
            middle = self.rotation @ turn_by(angle / 2)
            pull = middle @ force
            self.position = self.position + self.velocity * dt + 0.5 * pull * dt**2
            self.velocity = self.velocity + pull * dt
            self.rotation = self.rotation @ turn_by(angle)
            self._intervals.append((angle, force, middle, dt))

    @cached_property
    def _errors(self) -> tuple[Array, Array]:
        """Covariance and derivatives: only predictions do without them."""
        covariance, by_bias = np.zeros((9, 9)), np.zeros((9, 6))
        density = np.repeat([self.noise.gyro**2, self.noise.accel**2], 3)
        for angle, force, middle, dt in self._intervals:
            transition, noise = _linearized(angle, force, middle, dt)
            covariance = transition @ covariance @ transition.T + (noise * (density / dt)) @ noise.T
            by_bias = transition @ by_bias - noise
        return covariance, by_bias

    @property
    def covariance(self) -> Array:
        """(9, 9) of errors of rotation (rad), velocity (m/s) and position (m)."""
        return self._errors[0]

    @property
    def by_bias(self) -> Array:
        """(9, 6) derivatives of rotation, velocity and position by gyroscope and accelerometer bias."""
        return self._errors[1]

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


def _linearized(angle: Array, force: Array, middle: Array, dt: float) -> tuple[Array, Array]:
    """How errors (9,) go on over an interval, (9, 9), and how white noise, or a bias, enters them, (9, 6)."""
    lever = -middle @ skew(force) * dt
    transition, noise = np.eye(9), np.zeros((9, 6))
    transition[:3, :3] = turn_by(angle).T
    transition[3:6, :3] = lever @ turn_by(angle / 2).T
    noise[:3, :3] = right_jacobian(angle) * dt
    noise[3:6, :3] = lever @ right_jacobian(angle / 2) * dt / 2
    noise[3:6, 3:] = middle * dt
    transition[6:, :3], noise[6:] = transition[3:6, :3] * dt / 2, noise[3:6] * dt / 2
    transition[6:, 3:6] = np.eye(3) * dt
    return transition, noise
