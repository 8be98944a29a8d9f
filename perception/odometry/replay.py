"""A recording told to odometry as a robot would tell it: samples first, then the frame they lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ..camera import Rectifier
from ..recording import Frame, Recording
from ..trajectory import Trajectory
from .config import OdometryConfig
from .estimate import Estimate
from .stereo import RgbdOdometry, StereoOdometry


def odometry_for(recording: Recording, cfg: OdometryConfig | None = None) -> StereoOdometry | RgbdOdometry:
    """The odometry for a recording's cameras.

    Raises:
        ValueError: neither `left` and `right` nor `rgb` and `depth`, or cameras that cannot be a pair.
    """
    cameras = recording.cameras
    if {"left", "right"} <= cameras.keys():
        return StereoOdometry(Rectifier(cameras["left"], cameras["right"]), cfg, recording.imu_noise)
    if {"rgb", "depth"} <= cameras.keys():
        return RgbdOdometry(cameras["rgb"], cfg, recording.imu_noise)
    names = ", ".join(sorted(cameras)) or "none"
    raise ValueError(
        f"Odometry needs cameras 'left' and 'right', or 'rgb' and 'depth'; the recording has {names}."
    )


def replay(
    recording: Recording,
    odometry: StereoOdometry | RgbdOdometry,
    with_motion: bool = True,
    watch: Callable[[Frame], None] = lambda frame: None,
) -> Iterator[Estimate]:
    """An estimate for each frame.

    Args:
        recording: what was recorded.
        odometry: fresh, for its cameras.
        with_motion: tell it of IMU and wheels, too.
        watch: is called with each frame before it is used.
    """
    imu, wheels = recording.imu, recording.wheels
    imu_done = wheels_done = 0
    first, second = ("left", "right") if isinstance(odometry, StereoOdometry) else ("rgb", "depth")
    for frame in recording.frames:
        watch(frame)
        if with_motion and imu is not None:
            until = _until(imu.times, frame.time)
            for k in range(imu_done, until):
                odometry.add_imu(imu.times[k], imu.gyro[k], imu.accel[k])
            imu_done = until
        if with_motion and wheels is not None:
            until = _until(wheels.times, frame.time)
            for k in range(wheels_done, until):
                odometry.add_wheels(wheels.times[k], wheels.speed[k], wheels.yaw_rate[k])
            wheels_done = until
        yield odometry.track(frame.time, frame.pictures[first], frame.pictures[second])


def _until(times: np.ndarray, time: float) -> int:
    """One past the first sample at or after `time`."""
    return min(int(np.searchsorted(times, time)) + 1, len(times))


def trajectory_of(estimates: Sequence[Estimate]) -> Trajectory:
    """The poses of estimates."""
    return Trajectory(np.array([e.time for e in estimates]), np.array([e.pose for e in estimates]))
