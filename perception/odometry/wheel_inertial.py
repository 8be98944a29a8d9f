"""Wheels and IMU without a camera: an extended Kalman filter on the floor plane.

State: x, y, heading (world: the first pose), speed, gyroscope bias. The gyroscope turns the heading, the
wheels measure speed and, poorly, yaw rate; wheels that stand still measure the bias.
"""

from __future__ import annotations

import numpy as np

from ..poses import Array, pose_of, rotation_exp
from ..recording import ImuNoise, ImuSamples, WheelSamples
from .estimate import Estimate, Status

_SPEED_SIGMA = 0.02  # m/s of a wheel measurement
_YAW_SIGMA = 1e-3  # rad/s, of a body whose wheels stand
_SLIP = 0.02  # share of the speed by which wheels of slightly wrong size err, all the time
_ACCELERATION = 1.0  # m/s2, of a robot left to itself, 1 sigma
_STILL = 0.005  # m/s, rad/s: below, the wheels stand
_TILT_SIGMA, _HEIGHT_SIGMA = 0.01, 0.01  # rad, m: what a floor is assumed to be flat to


class WheelInertialOdometry:
    """Where a body on wheels is, from samples in the order of time.

    Args:
        noise: of the IMU.
    """

    def __init__(self, noise: ImuNoise | None = None) -> None:
        self._noise = noise or ImuNoise()
        self.state = np.zeros(5)  # x, y, heading, speed, gyro bias
        self.covariance = np.diag([1e-8, 1e-8, 1e-8, 1.0, 0.02**2])
        self._time: float | None = None
        self._rate, self._has_gyro = 0.0, False  # last yaw rate, rad/s, and whether a gyroscope measured it
        self._way = 0.0

    def add_imu(self, time: float, yaw_rate: float) -> None:
        """Turn by the gyroscope's rate about the body's z axis, rad/s."""
        self._advance(time)
        self._rate, self._has_gyro = yaw_rate, True

    def add_wheels(self, time: float, speed: float, yaw_rate: float) -> None:
        """Correct by the wheels' speed along the body's x axis, m/s, and yaw rate, rad/s."""
        self._advance(time)
        self._correct(speed - self.state[3], np.array([0.0, 0.0, 0.0, 1.0, 0.0]), _SPEED_SIGMA)
        if not self._has_gyro:
            self._rate = yaw_rate
        elif abs(speed) < _STILL and abs(yaw_rate) < _STILL:
            row = np.array([0.0, 0.0, 0.0, 0.0, -1.0])
            self._correct(-(self._rate - self.state[4]), row, _YAW_SIGMA)

    def _advance(self, time: float) -> None:
        """Move on along an arc to `time`."""
        if self._time is None:
            self._time = time
            return
        dt = time - self._time
        if dt < 0:
            raise ValueError(
                f"The sample at {time:.6f} s comes before the last one, at {self._time:.6f} s; sort by time."
            )
        self._time = time
        rate = self._rate - self.state[4]
        x, y, heading, speed, bias = self.state
        middle = heading + rate * dt / 2
        forward = np.array([np.cos(middle), np.sin(middle)])
        sideways = np.array([-forward[1], forward[0]])
        self.state = np.array([*(np.array([x, y]) + speed * dt * forward), heading + rate * dt, speed, bias])
        transition = np.eye(5)
        transition[:2, 2], transition[:2, 3] = speed * dt * sideways, dt * forward
        transition[:2, 4], transition[2, 4] = -speed * dt * sideways * dt / 2, -dt
        noise = np.diag([0.0, 0.0, self._noise.gyro**2, _ACCELERATION**2, self._noise.gyro_walk**2]) * dt
        self.covariance = transition @ self.covariance @ transition.T + noise
        self._way += abs(speed) * dt

    def _correct(self, error: float, row: Array, sigma: float) -> None:
        """Kalman update by one number."""
        gain = self.covariance @ row / (row @ self.covariance @ row + sigma**2)
        self.state = self.state + gain * error
        self.covariance = (np.eye(5) - np.outer(gain, row)) @ self.covariance

    def estimate(self, time: float) -> Estimate:
        """The pose at `time` (s), at or after the last sample; on the plane z = 0 of the first pose."""
        self._advance(time)
        pose = pose_of([self.state[0], self.state[1], 0.0], rotation_exp([0.0, 0.0, self.state[2]]))
        covariance = np.diag([0.0, 0.0, _HEIGHT_SIGMA**2, _TILT_SIGMA**2, _TILT_SIGMA**2, 0.0])
        plane = np.array([0, 1, 5])
        covariance[np.ix_(plane, plane)] += self.covariance[:3, :3]
        covariance[:2, :2] += np.eye(2) * (_SLIP * self._way) ** 2
        return Estimate(time, pose, covariance, Status.OK)


def wheel_inertial_estimates(
    times: Array, wheels: WheelSamples, imu: ImuSamples | None, noise: ImuNoise
) -> list[Estimate]:
    """Estimates at `times` (n,) of recorded wheels, and of a recorded IMU if there is one."""
    odometry = WheelInertialOdometry(noise)
    events = [(t, 1, k) for k, t in enumerate(wheels.times)] + [(t, 2, k) for k, t in enumerate(times)]
    events += [] if imu is None else [(t, 0, k) for k, t in enumerate(imu.times)]
    estimates = []
    start = float(times[0])
    for time, kind, k in sorted(events):
        if time < start:
            continue  # the world is the body's pose at the first of `times`
        if kind == 2:
            estimates.append(odometry.estimate(float(time)))
        elif kind == 1:
            odometry.add_wheels(float(time), float(wheels.speed[k]), float(wheels.yaw_rate[k]))
        elif imu is not None:
            odometry.add_imu(float(time), float(imu.gyro[k, 2]))
    return estimates
