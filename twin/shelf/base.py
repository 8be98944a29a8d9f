"""The platform's driving: to the shelf by its eyes, then by wheels and gyroscope to where the arm reaches."""

from __future__ import annotations

import math

import numpy as np

from ...perception.odometry.wheel_inertial import WheelInertialOdometry
from ...perception.poses import Array, inverse, pose_of, rotation_exp, transform
from ...perception.recording import ImuSamples, WheelSamples
from ..navigation.pilot import Pilot
from .shop import MOUNT, Shop

BEFORE = 1.15
"""m from the shelf's front to the platform's middle, from where it looks first: it can turn there."""
_PERIOD = 0.1  # s of a tick
_STILL = 1.5  # s at first, for the inertial unit to find gravity
_SPEED, _TURNING = 0.35, 0.7  # m/s and rad/s at most
_BRAKING, _SLOWING = 0.25, 0.8  # m/s2 and rad/s2
_THERE, _FACING = 0.004, 0.008  # m and rad of what counts as there
_CREEP, _SPIN = 0.02, 0.04  # m/s and rad/s at least, until it is there
_STOPPING = 0.3  # s
_FAR = 0.05  # m from which on it turns to where it goes


class Base:
    """Drives the platform. Its world is the platform's first pose: x ahead, y to the left, on the floor.

    Args:
        shop: whose wheels and senses it uses.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        site = shop.model.site("imu")
        self._imu_from_platform = inverse(pose_of([*site.pos[:2], 0.0], np.eye(3)))
        self._wheels = WheelInertialOdometry(shop.robot.noise)
        self._correction = np.eye(4)  # world_from_odometry
        self._time = 0.0

    @property
    def pose(self) -> Array:
        """`world_from_platform` (4, 4), as it is believed."""
        return self._correction @ self._wheels.estimate(self._time).pose

    @property
    def arm(self) -> Array:
        """`world_from_base` (4, 4) of the arm's base, as it is believed."""
        return self.pose @ pose_of(MOUNT, np.eye(3))

    def go_by_sight(self, goal: Array) -> bool:
        """Drive to `goal` (2,), m, by stereo odometry and a map of what stands about; whether it arrived."""
        shop, robot = self._shop, self._shop.robot
        imu_goal = transform(self._imu_from_platform, np.array([[*goal, 0.0]]))[0, :2]
        floor = -float(shop.model.site("imu").pos[2]) - 0.1
        pilot = Pilot(robot.calibration(), imu_goal, _PERIOD, floor=floor, noise=robot.noise)
        speeds, seen = (0.0, 0.0), np.eye(4)
        while not shop.over and not (pilot.arrived and speeds[0] == 0.0):
            imu, wheels = self._drive(*speeds, _PERIOD)
            pilot.feel(imu, wheels)
            time, pictures = robot.look()
            estimate = pilot.see(time, pictures["left"], pictures["right"])
            speeds = pilot.decide(estimate) if shop.time > _STILL else (0.0, 0.0)
            seen = estimate.pose
        if shop.over:
            return False
        self._drive(0.0, 0.0, _STOPPING)
        imu = pose_of([*seen[:2, 3], 0.0], rotation_exp([0.0, 0.0, _yaw(seen)]))
        flat = inverse(self._imu_from_platform) @ imu @ self._imu_from_platform
        self._correction = flat @ inverse(self._wheels.estimate(self._time).pose)
        return True

    def go(self, target: Array) -> None:
        """Drive straight to the place of `target` (4, 4) on the floor and turn as it is turned."""
        away = target[:2, 3] - self.pose[:2, 3]
        if np.linalg.norm(away) > _FAR:
            self.turn(math.atan2(away[1], away[0]))
            self._straight(target[:2, 3])
        self.turn(_yaw(target))

    def back(self, distance: float) -> None:
        """Drive straight back by some m."""
        pose = self.pose
        self._straight(pose[:2, 3] - distance * pose[:2, 0], backwards=True)

    def turn(self, yaw: float) -> None:
        """Turn on the spot to a heading in its world, rad."""
        rate = 0.0
        while not self._shop.over:
            left = _wrapped(yaw - _yaw(self.pose))
            if abs(left) < _FACING:
                break
            wanted = min(_TURNING, max(0.7 * math.sqrt(2 * _SLOWING * abs(left)), _SPIN), abs(left) / _PERIOD)
            rate = float(np.clip(math.copysign(wanted, left), rate - 0.1, rate + 0.1))
            self._drive(0.0, rate, _PERIOD)
        self._drive(0.0, 0.0, _STOPPING)

    def stand(self) -> None:
        """Take in what was felt while the arm worked."""
        self._feel()

    def _straight(self, place: Array, backwards: bool = False) -> None:
        speed, line = 0.0, place - self.pose[:2, 3]
        line = line / np.linalg.norm(line)
        while not self._shop.over:
            pose = self.pose
            rest = place - pose[:2, 3]
            left, aside = float(rest @ line), float(line[0] * rest[1] - line[1] * rest[0])
            if left < _THERE:
                break
            stopping = max(0.8 * math.sqrt(2 * _BRAKING * left), _CREEP)
            speed = min(speed + 0.04, _SPEED, stopping, left / _PERIOD)
            off = math.atan2(line[1], line[0]) - _yaw(pose) + (math.pi if backwards else 0.0)
            turning = float(np.clip(1.5 * _wrapped(off) + 2.0 * aside, -0.5, 0.5))
            self._drive(-speed if backwards else speed, turning, _PERIOD)
        self._drive(0.0, 0.0, _STOPPING)

    def _drive(self, forward: float, turning: float, seconds: float) -> tuple[ImuSamples, WheelSamples]:
        self._shop.drive(forward, turning, seconds)
        return self._feel()

    def _feel(self) -> tuple[ImuSamples, WheelSamples]:
        """What came since the last time; the newest of it is where the robot is believed to be."""
        imu, wheels = self._shop.robot.imu(), self._shop.robot.wheels()
        events = [(time, True, k) for k, time in enumerate(imu.times)]
        events += [(time, False, k) for k, time in enumerate(wheels.times)]
        for time, inertial, k in sorted(events):
            self._time = max(self._time, float(time))
            if inertial:
                self._wheels.add_imu(self._time, float(imu.gyro[k, 2]))
            else:
                self._wheels.add_wheels(self._time, float(wheels.speed[k]), float(wheels.yaw_rate[k]))
        return imu, wheels


def _yaw(pose: Array) -> float:
    return math.atan2(pose[1, 0], pose[0, 0])


def _wrapped(angle: float) -> float:
    return (angle + math.pi) % (2 * math.pi) - math.pi
