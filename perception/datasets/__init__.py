"""Recordings and labelled pictures in the field's layouts: one file reads or writes one layout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ..camera import Camera
from ..recording import ImuNoise, Recording
from .writer import RecordingWriter

Format = Literal["euroc", "tum", "kitti", "mcap"]


def open_recording(path: Path, format: Format) -> Recording:
    """Open a recording whose pictures are loaded when they are asked for.

    Raises:
        ValueError: what is wrong with it, naming the file and the line, frame or topic.
    """
    if not path.exists():
        raise ValueError(f"{path}: there is no such file or folder.")
    if path.is_dir() and not any(path.iterdir()):
        raise ValueError(f"{path} is empty.")
    if format == "euroc":
        from .euroc import open_euroc as open_it
    elif format == "tum":
        from .tum_rgbd import open_tum_rgbd as open_it
    elif format == "kitti":
        from .kitti import open_kitti as open_it
    else:
        from .mcap import open_mcap as open_it
    return open_it(path)


def recording_writer(
    out: Path, format: Format, cameras: dict[str, Camera], imu_noise: ImuNoise | None = None
) -> RecordingWriter:
    """A writer that takes frames and samples as they come; use it in a `with`.

    Args:
        out: folder, or file for `mcap`; must not exist.
        format: the layout.
        cameras: by name, as in `Recording`.
        imu_noise: where the layout has a place for it.

    Raises:
        ValueError: `out` exists, or the layout has no place for these cameras.
    """
    if format == "euroc":
        from .euroc_writer import EurocWriter

        return EurocWriter(out, cameras, imu_noise)
    if format == "tum":
        from .tum_rgbd import TumWriter

        return TumWriter(out, cameras)
    if format == "kitti":
        from .kitti import KittiWriter

        return KittiWriter(out, cameras)
    from .mcap_writer import McapWriter

    return McapWriter(out, cameras, imu_noise)


def write_recording(recording: Recording, out: Path, format: Format) -> None:
    """Write a whole recording in another layout.

    Raises:
        ValueError: as `recording_writer`, or the layout has no place for a sensor.
    """
    with recording_writer(out, format, recording.cameras, recording.imu_noise) as writer:
        if recording.segments:
            writer.name_segments(recording.segments)
        for name, lidar in recording.lidars.items():
            for time, ranges in lidar.scans:
                writer.add_scan(name, lidar, time, ranges)
        if recording.imu:
            imu = recording.imu
            for time, gyro, accel in zip(imu.times, imu.gyro, imu.accel, strict=True):
                writer.add_imu(float(time), gyro, accel)
        if recording.wheels:
            wheels = recording.wheels
            for time, speed, yaw_rate in zip(wheels.times, wheels.speed, wheels.yaw_rate, strict=True):
                writer.add_wheels(float(time), float(speed), float(yaw_rate))
        if recording.truth:
            for time, pose in zip(recording.truth.times, recording.truth.poses, strict=True):
                writer.add_truth(float(time), pose)
        for frame in recording.frames:
            writer.add_frame(frame)
