"""What all writers of recordings share: rows stream in, and the result appears whole or not at all."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from ..camera import Camera
from ..poses import Array
from ..recording import Frame, LidarScans


class RecordingWriter(ABC):
    """Writes a recording as it happens: `with EurocWriter(out, cameras) as writer: writer.add_frame(...)`.

    Nothing is kept in memory but poses and numbers. The files lie under a temporary name beside `out` until
    the `with` ends without an error.

    Args:
        out: what to write, which must not exist yet.
        cameras: by name, as in `Recording`.

    Raises:
        ValueError: `out` exists, or the layout has no place for these cameras.
    """

    def __init__(self, out: Path, cameras: dict[str, Camera]) -> None:
        if out.is_dir() and not any(out.iterdir()):
            out.rmdir()
        if out.exists():
            raise ValueError(f"{out} exists already; choose another name, or remove it.")
        if not cameras:
            raise ValueError("A recording needs a camera.")
        self.out, self.cameras = out, cameras
        self.partial = out.with_name(f".{out.name}.partial")
        self._last_time = -np.inf
        remove(self.partial)
        out.parent.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._finish(failed=kind is not None)
            if kind is None:
                if self._last_time == -np.inf:
                    raise ValueError(f"{self.out}: a recording needs a frame, and none was written.")
                self.partial.rename(self.out)
        finally:
            remove(self.partial)

    def add_frame(self, frame: Frame) -> None:
        """Write a frame, which has a picture of each camera.

        Raises:
            ValueError: it does not come after the last one, or a picture is missing or of another size.
        """
        if not frame.time > self._last_time:
            raise ValueError(
                f"The frame at {frame.time:.9f} s does not come after that at {self._last_time:.9f} s."
            )
        for name, camera in self.cameras.items():
            if name not in frame.pictures:
                raise ValueError(f"The frame at {frame.time:.9f} s has no picture of camera '{name}'.")
            camera.check_picture(frame.pictures[name], f"Camera '{name}' at {frame.time:.9f} s")
        self._last_time = frame.time
        self._write_frame(frame)

    def add_imu(self, time: float, gyro: Array, accel: Array) -> None:
        """Write a sample of rates (3,) in rad/s and specific force (3,) in m/s2, in the body frame."""
        raise ValueError(f"{self.out}: this layout has no place for an IMU; write euroc or mcap.")

    def add_wheels(self, time: float, speed: float, yaw_rate: float) -> None:
        """Write a sample of wheel odometry: m/s forward and rad/s."""
        raise ValueError(f"{self.out}: this layout has no place for wheel odometry; write euroc or mcap.")

    def add_scan(self, name: str, lidar: LidarScans, time: float, ranges: Array) -> None:
        """Write a scan of lidar `name`: ranges (rows, columns) in m."""
        raise ValueError(f"{self.out}: this layout has no place for a lidar; write mcap.")

    def name_segments(self, names: Sequence[str]) -> None:
        """Write what the numbers in pictures of `segmentation` are called."""
        raise ValueError(f"{self.out}: this layout has no place for segmentation; write mcap.")

    @abstractmethod
    def add_truth(self, time: float, world_from_body: Array) -> None:
        """Write where the body was, (4, 4) in m, at a time in s, later than the last one."""

    @abstractmethod
    def _write_frame(self, frame: Frame) -> None:
        """Write a frame that has been checked."""

    @abstractmethod
    def _finish(self, failed: bool) -> None:
        """Close all files; unless the recording failed, complete them."""


def remove(path: Path) -> None:
    """Remove a file or folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
