"""Motion from what is not a camera: gyroscope, accelerometer, wheels; else as before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..poses import Array, pose_of, rotation_exp
from ..recording import ImuNoise, ImuSamples
from .preintegration import Preintegrated
from .samples import SampleBuffer

_WHEEL_DRIFT, _IMU_DRIFT, _ANY_SPEED = 0.03, 0.15, 0.7  # m/s, 1 sigma
_GYRO_DRIFT, _ANY_TURN = 0.003, 0.5  # rad/s
WHEEL_SLIP = 0.03  # share of the way by which wheels err, 1 sigma
WHEEL_NOISE = 0.01  # m/sqrt(s)


@dataclass(frozen=True, eq=False)
class WheelMotion:
    """Way of the wheels: (3,) m in the body's first frame, that from the last, (3, 3) covariance, and s."""

    position: Array
    rotation: Array
    covariance: Array
    duration: float


class DeadReckoning:
    """Collects samples and predicts motion with the biases, gravity and velocity that vision has told it.

    Attributes:
        gyro_bias, accel_bias: (3,).
        gravity: (3,) in the world, m/s2; None until it is known, and then the accelerometer is not used.
        velocity: (3,) of the body in the world, m/s.
        turn_rate: (3,) of the body in its frame, rad/s, for want of a gyroscope.
    """

    def __init__(self, noise: ImuNoise) -> None:
        self.noise = noise
        self.imu, self.wheels = SampleBuffer("IMU", 6), SampleBuffer("wheel", 2)
        self.gyro_bias, self.accel_bias = np.zeros(3), np.zeros(3)
        self.gravity: Array | None = None
        self.velocity, self.turn_rate = np.zeros(3), np.zeros(3)

    def add_imu(self, time: float, gyro: npt.ArrayLike, accel: npt.ArrayLike) -> None:
        """Append a sample of the IMU: rad/s and m/s2 in the body's frame."""
        self.imu.add(time, np.concatenate([np.ravel(gyro), np.ravel(accel)]))

    def imu_between(self, start: float, end: float) -> ImuSamples | None:
        """Samples of the IMU, interpolated at both ends; None if there are none."""
        cut = self.imu.between(start, end)
        return None if cut is None else ImuSamples(cut[0], cut[1][:, :3], cut[1][:, 3:])

    def preintegrate(self, start: float, end: float) -> Preintegrated | None:
        """The IMU's measurement of the motion, or None without samples."""
        samples = self.imu_between(start, end)
        if samples is None:
            return None
        return Preintegrated(samples, self.gyro_bias, self.accel_bias, self.noise)

    def wheel_motion(self, start: float, end: float) -> WheelMotion | None:
        """The wheels' measurement, turned by the gyroscope where there is one; None without samples."""
        cut = self.wheels.between(start, end)
        if cut is None:
            return None
        times, rows = cut
        steps = np.diff(times)[:, None]
        rates = np.zeros((len(times), 3))
        rates[:, 2] = rows[:, 1]
        gyro = self.imu.between(start, end)
        if gyro is not None:
            rates = np.column_stack([np.interp(times, gyro[0], g) for g in gyro[1][:, :3].T]) - self.gyro_bias
        turns = rotation_exp((rates[:-1] + rates[1:]) / 2 * steps)
        forward = ((rows[:-1, 0] + rows[1:, 0]) / 2)[:, None] * steps * np.array([1.0, 0.0, 0.0])
        rotation, position = np.eye(3), np.zeros(3)
        for turn, way in zip(turns, forward, strict=True):
            position = position + rotation @ way
            rotation = rotation @ turn
        duration = end - start
        sigma = WHEEL_SLIP * np.abs(forward).sum() + 1e-3
        return WheelMotion(position, rotation, np.eye(3) * (sigma**2 + WHEEL_NOISE**2 * duration), duration)

    def predict(self, pose: Array, start: float, end: float, blind: bool) -> tuple[Array, Array]:
        """Pose (4, 4) and velocity (3,) at `end` from the pose at `start`, by the best that is there.

        An IMU that no picture has confirmed yet is used only where there is none to see by (`blind`).
        """
        confirmed = blind or self.gravity is not None
        inertial = self.preintegrate(start, end) if confirmed else None
        wheel = self.wheel_motion(start, end) if confirmed or not len(self.imu) else None
        turn = pose[:3, :3]
        if inertial is not None and self.gravity is not None:
            predicted, velocity = inertial.predict(pose, self.velocity, self.gravity)
        else:
            rotation = rotation_exp(self.turn_rate * (end - start))
            if inertial is not None:
                rotation = inertial.rotation
            elif wheel is not None:
                rotation = wheel.rotation
            velocity = turn @ rotation @ turn.T @ self.velocity
            predicted = pose_of(pose[:3, 3] + (self.velocity + velocity) / 2 * (end - start), turn @ rotation)
        if wheel is not None:
            predicted[:3, 3] = pose[:3, 3] + turn @ wheel.position
            velocity = turn @ wheel.position / wheel.duration
        return predicted, velocity

    def grown(self, covariance: Array, blind: float, trusted: float) -> Array:
        """Covariance (6, 6) of a pose (rotation, position) after `blind` s without pictures.

        Positions err by a speed: that of slipping wheels, that of an accelerometer's drift for `trusted` s,
        else that of a robot that might do anything.
        """
        has_imu, has_wheels = len(self.imu) > 0, len(self.wheels) > 0
        rate = (
            _WHEEL_DRIFT if has_wheels else _IMU_DRIFT if has_imu and self.gravity is not None else _ANY_SPEED
        )
        way = (
            rate * blind
            if has_wheels
            else rate * min(blind, trusted) + _ANY_SPEED * max(0.0, blind - trusted)
        )
        turn = (_GYRO_DRIFT if has_imu else _ANY_TURN) * blind
        return covariance + np.diag(np.repeat([turn**2, way**2], 3))
