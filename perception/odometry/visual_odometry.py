"""Odometry by what a rig sees, helped by an IMU and wheels where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..poses import Array, inverse, pose_of
from ..recording import ImuNoise
from .backend import Backend, Correction
from .config import OdometryConfig
from .dead_reckoning import DeadReckoning
from .estimate import Estimate, Status, carried, ros_covariance
from .inertial_start import InertialStart
from .keyframe import Keyframe, State
from .landmarks import Landmarks
from .resection import Resection
from .rig import StereoRig
from .rotations import righted, turn_of
from .tracker import Stages, Tracker
from .views import View

_LONGEST = 2.0  # s between keyframes that IMU and wheels still tie together
# Errors of following one corner repeat from frame to frame; found by the NEES of simulated drives.
DRIFT = 4.0
_SETTLE = 0.3  # share of the difference by which a seen velocity corrects the IMU's


@dataclass(eq=False)
class _Lost:
    """Since when (s), how well the pose was known then (6, 6), and since when there is something to see."""

    since: float
    covariance: Array
    seeing_since: float | None = None


class VisualOdometry:
    """Where a body is, frame by frame, in the frame of its first pose.

    Args:
        rig: calibrated cameras.
        cfg: settings.
        noise: of the IMU, if there will be one.

    Attributes:
        motion: IMU and wheels, with the biases and gravity found.
        imu_check: once the IMU has started, the length of `gravity` as it measured it, m/s2, and its
            `gyro_bias`, rad/s.
    """

    def __init__(
        self, rig: StereoRig, cfg: OdometryConfig | None = None, noise: ImuNoise | None = None
    ) -> None:
        self.rig, self.cfg = rig, cfg or OdometryConfig()
        noise = noise or ImuNoise()
        self.motion = DeadReckoning(noise)
        self.imu_check: dict[str, Any] = {}
        self._tracker, self._backend = Tracker(rig, self.cfg), Backend(rig, self.cfg, noise)
        self._inertial_start = InertialStart()
        self._time: float | None = None
        self._pose, self._covariance = np.eye(4), np.zeros((6, 6))
        self._anchor = (np.eye(4), np.zeros((6, 6)))  # last pose that the window spoke of, its covariance
        self._pending: list[Keyframe] = []  # keyframes whose correction has not come yet
        self._keyframe: tuple[float, Array] = (0.0, np.eye(4))
        self._number, self._window_s = 0, 0.0
        self._lost: _Lost | None = None

    @property
    def landmarks(self) -> Landmarks:
        """The points that are followed now."""
        return self._tracker.landmarks

    def add_imu(self, time: float, gyro: npt.ArrayLike, accel: npt.ArrayLike) -> None:
        """Tell a sample of the IMU: rad/s, m/s2 in the body's frame. Those before a frame come before it."""
        self.motion.add_imu(time, gyro, accel)

    def add_wheels(self, time: float, speed: float, yaw_rate: float) -> None:
        """Tell a sample of wheel odometry: m/s along the body's x, rad/s about its z."""
        self.motion.wheels.add(time, [speed, yaw_rate])

    def track_view(self, time: float, view: View, stages: Stages) -> Estimate:
        """The pose at `time` (s), which must come after the last.

        Raises:
            ValueError: a time that does not, or an IMU that measures in degrees or in g.
        """
        if self._time is None:
            return self._begin(time, view, stages)
        if not time > self._time:
            raise ValueError(
                f"The frame at {time:.6f} s does not come after the last one, at {self._time:.6f} s; "
                "sort the frames and keep one of each time."
            )
        self._window_s = 0.0
        for correction in self._backend.take():
            self._window_s += correction.seconds
            self._adopt(correction)
        stages.done("correct")
        predicted, velocity = self.motion.predict(self._pose, self._time, time, blind=self._lost is not None)
        stages.done("predict")
        fit = None if self._lost else self._tracker.follow(view, predicted, stages)
        if fit is None:
            return self._seek(time, view, predicted, velocity, stages)
        self._move_to(time, fit, velocity)
        self._start_imu(time)
        keyframe = self._wants_keyframe(time)
        if keyframe and not self._find_home(view):
            self._take_keyframe(view, None)
        stages.done("keyframe")
        return self._estimate(self._judge(fit), stages, int(fit.inliers.sum()), keyframe)

    def _begin(self, time: float, view: View, stages: Stages) -> Estimate:
        self._time = time
        self._take_keyframe(view, self._covariance)
        stages.done("keyframe")
        enough = len(self._tracker.landmarks) >= self.cfg.min_ok
        return self._estimate(Status.OK if enough else Status.DEGRADED, stages, keyframe=True)

    def _move_to(self, time: float, fit: Resection, velocity: Array) -> None:
        """Take a pose over, and the velocities it means."""
        assert self._time is not None
        step = time - self._time
        seen = (fit.pose[:3, 3] - self._pose[:3, 3]) / step
        settle = 1.0 if self.motion.gravity is None else _SETTLE
        self.motion.velocity = velocity + settle * (seen - velocity)
        self.motion.turn_rate = turn_of(self._pose[:3, :3].T @ fit.pose[:3, :3]) / step
        self._pose, self._time = fit.pose, time
        pose, covariance = self._anchor
        self._covariance = carried(covariance, pose, inverse(pose) @ fit.pose) + DRIFT * fit.covariance

    def _judge(self, fit: Resection) -> Status:
        """OK if many points fit and determine the pose well."""
        sigma = np.sqrt(np.diag(fit.covariance))
        well = sigma[:3].max() < self.cfg.max_sigma_rad and sigma[3:].max() < self.cfg.max_sigma_m
        return Status.OK if well and fit.inliers.sum() >= self.cfg.min_ok else Status.DEGRADED

    def _start_imu(self, time: float) -> None:
        """Find gravity in the first seconds."""
        last = self._inertial_start.due(time)
        if self.motion.gravity is not None or last is None:
            return
        since = self.motion.preintegrate(last, time) if np.isfinite(last) else None
        started = self._inertial_start.tell(time, self._pose, since)
        if started is not None:
            self.motion.gravity, self.motion.gyro_bias = started.gravity, started.gyro_bias
            self._backend.know_gravity(started.gravity, started.gyro_bias)
            self.imu_check = {"gravity": started.measured, "gyro_bias": started.gyro_bias.tolist()}

    def _wants_keyframe(self, time: float) -> bool:
        """When the picture has changed, or the body has moved and the IMU's measurement grows old."""
        if self._tracker.wants_keyframe():
            return True
        since, pose = self._keyframe
        moved = inverse(pose) @ self._pose
        far = np.linalg.norm(moved[:3, 3]) > 0.05 or np.linalg.norm(turn_of(moved[:3, :3])) > 0.05
        return bool(far and time - since > _LONGEST / 2)

    def _take_keyframe(self, view: View, covariance: Array | None) -> None:
        """Make this frame a keyframe, with a covariance (6, 6) where it begins a new window."""
        assert self._time is not None
        self._tracker.take_keyframe(view, self._pose)
        landmarks, motion, since = self._tracker.landmarks, self.motion, self._keyframe[0]
        tied = covariance is None and self._time - since < _LONGEST
        keyframe = Keyframe(
            self._number, self._time,
            State(self._pose, motion.velocity, motion.gyro_bias, motion.accel_bias),
            landmarks.ids, landmarks.pixels.copy(), landmarks.points.copy(),
            motion.imu_between(since, self._time) if tied else None,
            motion.wheel_motion(since, self._time) if tied else None,
            view, self._covariance, covariance is not None,
        )  # fmt: skip
        if covariance is not None:
            self._pending, self._anchor = [], (self._pose, covariance)
        self._pending.append(keyframe)
        self._keyframe = (self._time, self._pose)
        self._number += 1
        self._backend.submit(keyframe)

    def _adopt(self, correction: Correction) -> None:
        """Move everything since a keyframe by what the window says about that keyframe."""
        while self._pending and self._pending[0].number < correction.number:
            self._pending.pop(0)
        if not self._pending or self._pending[0].number != correction.number:
            return  # of a window that was given up
        before, after = self._pending.pop(0).state, correction.state
        motion = righted(after.pose @ inverse(before.pose))
        turn = motion[:3, :3]
        self._pose = righted(motion @ self._pose)
        self._keyframe = (self._keyframe[0], motion @ self._keyframe[1])
        for keyframe in self._pending:
            keyframe.state = keyframe.state.moved(motion)
        self.motion.velocity = after.velocity + turn @ (self.motion.velocity - before.velocity) \
            if correction.gravity is not None else turn @ self.motion.velocity  # fmt: skip
        if correction.gravity is not None:
            self.motion.gravity = correction.gravity
            self.motion.gyro_bias, self.motion.accel_bias = after.gyro_bias, after.accel_bias
        self._drift(after.pose, correction.covariance)
        self._tracker.move(motion, correction.ids, correction.points, correction.outliers)

    def _drift(self, pose: Array, covariance: Array) -> None:
        """Take a pose of the window, with its covariance (6, 6) relative to what the window sees.

        What it sees has changed once as many keyframes have passed as the window holds; so that share of the
        covariance adds, with each of them, to that of the pose in the world.
        """
        last, drifted = self._anchor
        relative = inverse(last) @ pose
        self._anchor = (pose, carried(drifted, last, relative) + DRIFT * covariance / self.cfg.window)

    def _seek(self, time: float, view: View, predicted: Array, velocity: Array, stages: Stages) -> Estimate:
        """Without a pose from the pictures: predict it, and look for a known place, or start anew there."""
        assert self._time is not None
        if self._lost is None:
            self._lost = _Lost(self._time, self._covariance)
            self._tracker.clear()
            self._inertial_start.restart()
        blind = time - self._lost.since
        if blind > self.cfg.max_prediction and not len(self.motion.wheels):
            predicted, velocity = pose_of(self._pose[:3, 3], predicted[:3, :3]), np.zeros(3)
        self._pose, self._time, self.motion.velocity = righted(predicted), time, velocity
        self._covariance = self.motion.grown(self._lost.covariance, blind, self.cfg.max_prediction)
        home = self._recognize(view)
        stages.done("recognize")
        if home is not None:
            return self._resume(view, *home, stages)
        if not self._tracker.can_start(view):
            self._lost.seeing_since = None
            return self._estimate(Status.LOST, stages)
        if self._lost.seeing_since is None:
            self._lost.seeing_since = time
        if time - self._lost.seeing_since < self.cfg.patience:
            return self._estimate(Status.LOST, stages)
        self._backend.places.adrift = True
        return self._resume(view, predicted, self._covariance, stages)

    def _resume(self, view: View, pose: Array, covariance: Array, stages: Stages) -> Estimate:
        """Go on from a pose, found or predicted, with a new window."""
        self._pose, self._covariance, self._lost = pose, covariance, None
        self._tracker.clear()
        self._take_keyframe(view, covariance)
        stages.done("keyframe")
        return self._estimate(Status.REINIT, stages, len(self._tracker.landmarks), True)

    def _recognize(self, view: View) -> tuple[Array, Array] | None:
        """Pose and covariance by a known place, weighed against the present ones; None if none is in view."""
        found = self._backend.places.recognize(view)
        return None if found is None else found.weighed(self._pose, self._covariance)

    def _find_home(self, view: View) -> bool:
        """Go back to a place known before the way was lost, if one is in view; whether it is."""
        places = self._backend.places
        home = self._recognize(view) if places.adrift else None
        if home is None:
            return False
        pose, covariance = home
        motion = pose @ inverse(self._pose)
        places.anchor(motion, pose, covariance)
        self.motion.velocity = motion[:3, :3] @ self.motion.velocity
        self._pose, self._covariance = home
        self._tracker.clear()
        self._take_keyframe(view, covariance)
        return True

    def _estimate(self, status: Status, stages: Stages, inliers: int = 0, keyframe: bool = False) -> Estimate:
        assert self._time is not None
        covariance = ros_covariance(self._covariance, self._pose)
        return Estimate(
            self._time, self._pose, covariance, status, inliers, keyframe, stages.seconds, self._window_s
        )
