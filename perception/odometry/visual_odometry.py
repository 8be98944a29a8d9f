"""Odometry by what a rig sees, helped by an IMU and wheels where there are any."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..poses import Array, inverse, rotation_log
from ..recording import ImuNoise
from .config import OdometryConfig
from .dead_reckoning import DeadReckoning
from .estimate import Estimate, Status, ros_covariance
from .resection import Resection, skew
from .rig import StereoRig
from .tracker import Stages, Tracker
from .views import View


class VisualOdometry:
    """Where a body is, frame by frame, in the frame of its first pose.

    Args:
        rig: calibrated cameras.
        cfg: settings.
        noise: of the IMU, if there will be one.
    """

    def __init__(
        self, rig: StereoRig, cfg: OdometryConfig | None = None, noise: ImuNoise | None = None
    ) -> None:
        self.rig, self.cfg = rig, cfg or OdometryConfig()
        self.motion = DeadReckoning(noise or ImuNoise())
        self._tracker = Tracker(rig, self.cfg)
        self._time: float | None = None
        self._pose = np.eye(4)
        self._covariance = np.zeros((6, 6))
        self._keyframe_pose, self._keyframe_covariance = np.eye(4), np.zeros((6, 6))
        self._lost = False

    def add_imu(self, time: float, gyro: npt.ArrayLike, accel: npt.ArrayLike) -> None:
        """Tell a sample of the IMU: rad/s, m/s2 in the body's frame. Those before a frame come before it."""
        self.motion.add_imu(time, gyro, accel)

    def add_wheels(self, time: float, speed: float, yaw_rate: float) -> None:
        """Tell a sample of wheel odometry: m/s along the body's x, rad/s about its z."""
        self.motion.wheels.add(time, [speed, yaw_rate])

    def track_view(self, time: float, view: View, stages: Stages) -> Estimate:
        """The pose at `time` (s), which must come after the last.

        Raises:
            ValueError: a time that does not.
        """
        if self._time is None:
            return self._begin(time, view, stages)
        if not time > self._time:
            raise ValueError(
                f"The frame at {time:.6f} s does not come after the last one, at {self._time:.6f} s; "
                "sort the frames and keep one of each time."
            )
        predicted, velocity = self.motion.predict(self._pose, self._time, time)
        stages.done("predict")
        fit = self._tracker.follow(view, predicted, stages)
        if fit is None:
            self._pose, self.motion.velocity, self._time = predicted, velocity, time
            return self._estimate(Status.LOST, stages)
        self._move_to(time, fit)
        status = self._judge(fit)
        if keyframe := self._tracker.wants_keyframe():
            self._tracker.take_keyframe(view, fit.pose)
            self._keyframe_pose, self._keyframe_covariance = fit.pose, self._covariance
            stages.done("keyframe")
        return self._estimate(status, stages, int(fit.inliers.sum()), keyframe)

    def _begin(self, time: float, view: View, stages: Stages) -> Estimate:
        self._time = time
        self._tracker.take_keyframe(view, self._pose)
        stages.done("keyframe")
        enough = len(self._tracker.landmarks) >= self.cfg.min_ok
        return self._estimate(Status.OK if enough else Status.DEGRADED, stages, keyframe=True)

    def _move_to(self, time: float, fit: Resection) -> None:
        """Take a pose over, and the velocities it means."""
        assert self._time is not None
        step = time - self._time
        self.motion.velocity = (fit.pose[:3, 3] - self._pose[:3, 3]) / step
        self.motion.turn_rate = rotation_log(self._pose[:3, :3].T @ fit.pose[:3, :3]) / step
        self._pose, self._time = fit.pose, time
        relative = inverse(self._keyframe_pose) @ fit.pose
        self._covariance = carried(self._keyframe_covariance, self._keyframe_pose, relative) + fit.covariance

    def _judge(self, fit: Resection) -> Status:
        """OK if many points fit and determine the pose well."""
        sigma = np.sqrt(np.diag(fit.covariance))
        well = sigma[:3].max() < self.cfg.max_sigma_rad and sigma[3:].max() < self.cfg.max_sigma_m
        return Status.OK if well and fit.inliers.sum() >= self.cfg.min_ok else Status.DEGRADED

    def _estimate(self, status: Status, stages: Stages, inliers: int = 0, keyframe: bool = False) -> Estimate:
        assert self._time is not None
        covariance = ros_covariance(self._covariance, self._pose)
        return Estimate(self._time, self._pose, covariance, status, inliers, keyframe, stages.seconds)


def carried(covariance: Array, pose: Array, relative: Array) -> Array:
    """Covariance (6, 6), as of a `Resection`, of `pose @ relative` from that of `pose`."""
    carry = np.eye(6)
    carry[:3, :3] = relative[:3, :3].T
    carry[3:, :3] = -pose[:3, :3] @ skew(relative[:3, 3])
    return carry @ covariance @ carry.T
