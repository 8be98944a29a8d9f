"""What walks a robot along a route by its head camera: nothing here knows where the robot really is."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ...perception.camera import Camera, Rectifier
from ...perception.odometry.config import OdometryConfig
from ...perception.odometry.estimate import Estimate, Status
from ...perception.odometry.stereo import StereoOdometry
from ...perception.poses import pose_of
from ...perception.recording import ImuNoise, ImuSamples
from ..record.route import Route
from ..record.walk import STAND, WalkSteering

Array = npt.NDArray[np.floating]
_MISSES = 2  # times in a row without pictures that are walked blind


class WalkPilot:
    """Turns pictures and inertial samples into walking commands, until it has arrived.

    Its world is level, with its origin where the head first was: x ahead, y to the left, z up.

    Args:
        cameras: calibrated `left` and `right` of the head.
        route: in its world.
        speed: m/s.
        noise: of the inertial unit in the head.
    """

    def __init__(self, cameras: dict[str, Camera], route: Route, speed: float, noise: ImuNoise) -> None:
        rectifier = Rectifier(cameras["left"], cameras["right"])
        # Optimised in the same thread: a run repeats to the last bit.
        self.odometry = StereoOdometry(rectifier, OdometryConfig(background=False), noise)
        self._steering = WalkSteering(route, speed)
        self._command, self._missed = STAND, 0

    @property
    def arrived(self) -> bool:
        """It thinks that it is at the end of its route."""
        return self._steering.arrived

    def feel(self, imu: ImuSamples) -> None:
        """Tell what came since the last picture."""
        for time, gyro, accel in zip(imu.times, imu.gyro, imu.accel, strict=True):
            self.odometry.add_imu(time, gyro, accel)

    def see(self, time: float, left: np.ndarray, right: np.ndarray) -> Estimate:
        """Tell a pair of pictures taken at `time` s; what odometry makes of it."""
        return self.odometry.track(time, left, right)

    def decide(self, estimate: Estimate | None) -> Array:
        """Velocity (3,): on its way, or to stand, while it is lost or does not know yet what is level.

        Without an estimate, since no pictures came, it goes on as before for a moment, and then stands.
        """
        self._missed = 0 if estimate else self._missed + 1
        if estimate is not None:
            self._command = self._on_its_way(estimate)
        return self._command if self._missed <= _MISSES else STAND

    def _on_its_way(self, estimate: Estimate) -> Array:
        if estimate.status is Status.LOST or self.odometry.motion.gravity is None:
            return STAND
        pose = self.level_pose(estimate)
        return self._steering.command(pose[:2, 3], math.atan2(pose[1, 0], pose[0, 0]))

    def level_pose(self, estimate: Estimate) -> Array:
        """Pose (4, 4) of the head in its world; in odometry's, the first pose of the head is upright."""
        gravity = self.odometry.motion.gravity
        if gravity is None:
            return estimate.pose
        return pose_of(np.zeros(3), _upright(-gravity)) @ estimate.pose


def _upright(up: Array) -> Array:
    """The shortest rotation (3, 3) that turns `up` (3,) onto z (Rodrigues)."""
    x, y, z = up / np.linalg.norm(up)
    cross = np.array([[0.0, 0.0, -x], [0.0, 0.0, -y], [x, y, 0.0]])
    return np.eye(3) + cross + cross @ cross / (1.0 + z)
