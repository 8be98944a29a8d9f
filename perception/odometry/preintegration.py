"""IMU samples between two moments as one measurement of relative motion.

After Forster, Carlone, Dellaert and Scaramuzza, On-Manifold Preintegration for Real-Time Visual-Inertial
Odometry (2017): increments, bias correction, noise propagation and bias Jacobians (appendices A and B).
Samples are averaged over each interval and turned by the rotation in its middle, exact to second order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from ..poses import Array, pose_of
from ..recording import ImuNoise, ImuSamples
from .rotations import right_jacobian, skew, turn_by


@dataclass(frozen=True, eq=False)
class Increments:
    """Measured motions, one or as many as the leading axes say.

    Attributes:
        duration: (...,) s.
        rotation, velocity, position: (..., 3, 3), (..., 3) m/s and (..., 3) m, as of `Preintegrated`.
        gyro_bias, accel_bias: (..., 3) that were assumed, rad/s and m/s2.
        by_bias: (..., 9, 6) derivatives of rotation, velocity and position by them.
        whitening: (..., 15, 15) as of `Preintegrated`.
    """

    duration: Array
    rotation: Array
    velocity: Array
    position: Array
    gyro_bias: Array
    accel_bias: Array
    by_bias: Array
    whitening: Array

    @classmethod
    def stacked(cls, parts: Sequence[Increments]) -> Increments:
        """Single motions as one of several."""
        return cls(*(np.array([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    def corrected(self, gyro_bias: Array, accel_bias: Array) -> tuple[Array, Array, Array]:
        """Rotation, velocity and position under other biases, to first order."""
        biases = np.concatenate([gyro_bias - self.gyro_bias, accel_bias - self.accel_bias], axis=-1)
        change = np.einsum("...ij,...j->...i", self.by_bias, biases)
        return (
            self.rotation @ turn_by(change[..., :3]),
            self.velocity + change[..., 3:6],
            self.position + change[..., 6:],
        )


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
        self._integrate()

    def _integrate(self) -> None:
        samples = self.samples
        self._steps = np.diff(samples.times)[:, None]
        self._angles = ((samples.gyro[:-1] + samples.gyro[1:]) / 2 - self.gyro_bias) * self._steps
        self._forces = (samples.accel[:-1] + samples.accel[1:]) / 2 - self.accel_bias
        rotations = [np.eye(3)]
        for turn in turn_by(self._angles):
            rotations.append(rotations[-1] @ turn)
        self._rotations = np.array(rotations)
        self._middles = self._rotations[:-1] @ turn_by(self._angles / 2)
        pulls = np.einsum("kij,kj->ki", self._middles, self._forces)
        self._velocities = _summed(pulls * self._steps)
        self._positions = _summed((self._velocities[:-1] + self._velocities[1:]) / 2 * self._steps)
        self.rotation, self.velocity, self.position = (
            self._rotations[-1], self._velocities[-1], self._positions[-1],
        )  # fmt: skip

    @cached_property
    def _errors(self) -> tuple[Array, Array]:
        """Covariance and derivatives: only predictions do without them.

        An error of rotation in the axes of the first frame stays what it is, one of velocity moves the
        position steadily, and so what an error of interval k does to the end is known without going through
        the intervals between.
        """
        steps = self._steps[..., None]
        turns = self._rotations[1:] @ right_jacobian(self._angles) * steps
        levers = -self._middles @ skew(self._forces) @ right_jacobian(self._angles / 2) * (steps**2 / 2)
        speeds = np.concatenate([levers, self._middles * steps], axis=2)
        left = self.duration - (self.samples.times[1:] - self.samples.times[0])[:, None]
        sped_up = self.velocity - self._velocities[1:]
        went = self.position - self._positions[1:] - self._velocities[1:] * left
        effects = np.zeros((len(steps), 9, 6))
        effects[:, :3, :3] = self.rotation.T @ turns
        effects[:, 3:6] = speeds
        effects[:, 6:] = speeds * (steps / 2 + left[..., None])
        effects[:, 3:6, :3] -= skew(sped_up) @ turns
        effects[:, 6:, :3] -= skew(went) @ turns
        density = np.repeat([self.noise.gyro**2, self.noise.accel**2], 3)
        rooted = (effects * np.sqrt(density / steps)).transpose(1, 0, 2).reshape(9, -1)
        return rooted @ rooted.T, -effects.sum(axis=0)

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

    @cached_property
    def increments(self) -> Increments:
        """What factors need of it."""
        return Increments(
            np.array(self.duration), self.rotation, self.velocity, self.position,
            self.gyro_bias, self.accel_bias, self.by_bias, self.whitening,
        )  # fmt: skip

    def with_biases(self, gyro_bias: Array, accel_bias: Array) -> Preintegrated:
        """The same samples, integrated anew."""
        return Preintegrated(self.samples, gyro_bias, accel_bias, self.noise)

    def predict(self, pose: Array, velocity: Array, gravity: Array) -> tuple[Array, Array]:
        """Pose (4, 4) and velocity (3,) in the world at the end, from those at the start."""
        turn, time = pose[:3, :3], self.duration
        position = pose[:3, 3] + velocity * time + 0.5 * gravity * time**2 + turn @ self.position
        return pose_of(position, turn @ self.rotation), velocity + gravity * time + turn @ self.velocity


def _summed(changes: Array) -> Array:
    """0 and the sums (n + 1, 3) of changes (n, 3) up to each."""
    return np.concatenate([np.zeros((1, 3)), np.cumsum(changes, axis=0)])
