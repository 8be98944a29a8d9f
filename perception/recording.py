"""What a sensor recording holds, whatever the layout of its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from .camera import Camera
from .poses import Array
from .trajectory import Trajectory


@dataclass(frozen=True)
class Frame:
    """Pictures taken at one time.

    Attributes:
        time: s.
        pictures: by the camera's name: grey (height, width) or RGB (height, width, 3) uint8, or depth
            (height, width) float32 in m, 0 where there is none.
    """

    time: float
    pictures: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class ImuSamples:
    """Gyroscope and accelerometer in the body frame: times (n,) s, gyro (n, 3) rad/s, accel (n, 3) m/s2."""

    times: Array
    gyro: Array
    accel: Array


@dataclass(frozen=True)
class ImuNoise:
    """Noise densities and bias random walks, as EuRoC's sensor.yaml has them.

    Attributes:
        gyro: rad/s/sqrt(Hz).
        accel: m/s2/sqrt(Hz).
        gyro_walk: rad/s2/sqrt(Hz).
        accel_walk: m/s3/sqrt(Hz).
    """

    gyro: float = 1.7e-4
    accel: float = 2.0e-3
    gyro_walk: float = 1.9393e-5
    accel_walk: float = 3.0e-3


@dataclass(frozen=True, eq=False)
class WheelSamples:
    """Wheel odometry of the base: times (n,) s, forward speed (n,) m/s, yaw rate (n,) rad/s."""

    times: Array
    speed: Array
    yaw_rate: Array


@dataclass(frozen=True, eq=False)
class LidarScans:
    """Scans of a lidar, which may come to be as they are gone through.

    Attributes:
        elevations: (rows,) rad.
        first_azimuth, step: of the columns, rad, from right to left about its Z axis; the middle is X.
        min_range, max_range: m.
        body_from_lidar: (4, 4).
        scans: time in s and ranges (rows, columns) in m of each, times rising; infinite without a return.
    """

    elevations: Array
    first_azimuth: float
    step: float
    min_range: float
    max_range: float
    body_from_lidar: Array
    scans: Iterable[tuple[float, Array]]

    def points(self, ranges: Array) -> Array:
        """Points (n, 3) in m in the lidar's frame of a scan's ranges (rows, columns), row by row."""
        azimuths = self.first_azimuth + self.step * np.arange(ranges.shape[1])
        flat, up = np.cos(self.elevations)[:, None], np.sin(self.elevations)[:, None]
        rays = np.stack(np.broadcast_arrays(flat * np.cos(azimuths), flat * np.sin(azimuths), up), axis=-1)
        returned = np.isfinite(ranges)
        return ranges[returned, None] * rays[returned]


class Frames(Sequence[Frame]):
    """Frames that are loaded when they are asked for.

    Args:
        times: of each frame, s.
        load: gives the pictures of frame k.
    """

    def __init__(self, times: Array, load: Callable[[int], dict[str, np.ndarray]]) -> None:
        self.times, self._load = times, load

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, k: int) -> Frame:  # pyright: ignore[reportIncompatibleMethodOverride]
        if not -len(self) <= k < len(self):
            raise IndexError(k)
        return Frame(float(self.times[k]), self._load(k % len(self)))

    def __iter__(self) -> Iterator[Frame]:
        return (self[k] for k in range(len(self)))


@dataclass(frozen=True, eq=False)
class Recording:
    """A recording of some of a robot's sensors.

    Attributes:
        frames: in the order of time.
        cameras: by name: `left` and `right` of a stereo pair, or `rgb` and `depth`; pictures of
            `segmentation` say what each pixel is part of, by number.
        imu, imu_noise: in the body frame.
        wheels: of a robot on wheels.
        truth: where the body really was, if that is known.
        lidars: by name.
        segments: names of the numbers in pictures of `segmentation`.
    """

    frames: Sequence[Frame]
    cameras: dict[str, Camera]
    imu: ImuSamples | None = None
    imu_noise: ImuNoise = field(default_factory=ImuNoise)
    wheels: WheelSamples | None = None
    truth: Trajectory | None = None
    lidars: dict[str, LidarScans] = field(default_factory=dict)
    segments: tuple[str, ...] = ()
