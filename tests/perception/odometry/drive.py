"""A drive through the textured room as a recording: noisy stereo pictures, an IMU, wheels, and the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from gaitway.perception.camera import Camera
from gaitway.perception.poses import Array, pose_of, rotation_log
from gaitway.perception.recording import Frames, ImuNoise, ImuSamples, Recording, WheelSamples
from gaitway.perception.trajectory import Trajectory
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from .textured_room import Room

GRAVITY = np.array([0.0, 0.0, -9.81])
BASELINE = 0.12
OPTICAL = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])  # body (x forward) from camera
LAP = np.array(
    [[2.4, 1.9], [5.0, 1.7], [7.6, 2.2], [7.8, 4.4], [7.2, 5.9], [4.8, 6.2], [2.4, 5.6], [1.9, 3.8]]
)


def stereo_cameras(width: int = 320, height: int = 240) -> dict[str, Camera]:
    """70 degrees wide, 0.3 m before and 0.1 m above the body's origin."""
    cameras = {}
    for name, y in (("left", BASELINE / 2), ("right", -BASELINE / 2)):
        pose = pose_of([0.3, y, 0.1], OPTICAL)
        focal = 0.72 * width
        cameras[name] = Camera(
            width, height, focal, focal, width / 2 - 0.5, height / 2 - 0.5, body_from_camera=pose
        )
    return cameras


class Motion:
    """Laps round the middle stack after `still` s of rest; level as a robot on wheels unless it `sways`."""

    def __init__(self, lap_s: float = 24.0, still: float = 0.5, sways: float = 0.0) -> None:
        points = np.vstack([LAP, LAP[:1]])
        self._path = CubicSpline(np.linspace(0, lap_s, len(points)), points, bc_type="periodic")
        self._still, self._sways = still, sways

    def _progress(self, time: float) -> float:
        """Time along the path: starts gently after the rest."""
        moving = max(0.0, time - self._still)
        return moving - 1.0 + np.exp(-moving) if moving > 0 else 0.0

    def position(self, time: float) -> Array:
        """(3,) in m."""
        x, y = self._path(self._progress(time))
        return np.array([x, y, 0.5 + 0.1 * self._sways * np.sin(1.7 * self._progress(time))])

    def pose(self, time: float) -> Array:
        """Looking along the path."""
        progress = self._progress(time)
        dx, dy = self._path(progress, 1)
        tilts = self._sways * np.array([0.12 * np.sin(1.3 * progress), 0.15 * np.sin(0.9 * progress)])
        turn = Rotation.from_euler("zyx", [np.arctan2(dy, dx), *tilts])
        return pose_of(self.position(time), turn.as_matrix())

    def gyro(self, time: float, h: float = 1e-4) -> Array:
        """Angular velocity of the body in its frame, rad/s."""
        before, after = self.pose(time - h)[:3, :3], self.pose(time + h)[:3, :3]
        return rotation_log(before.T @ after) / (2 * h)

    def acceleration(self, time: float, h: float = 1e-3) -> Array:
        """Of the body in the world, m/s2."""
        return (self.position(time - h) - 2 * self.position(time) + self.position(time + h)) / h**2

    def imu(
        self, duration: float, rate: float = 200.0, noise: ImuNoise | None = None, seed: int = 0
    ) -> ImuSamples:
        """What an IMU in the body's origin measures; with `noise`, also constant biases that it states."""
        times = np.arange(0.0, duration, 1 / rate)
        gyro = np.array([self.gyro(t) for t in times])
        accel = np.array([self.pose(t)[:3, :3].T @ (self.acceleration(t) - GRAVITY) for t in times])
        if noise:
            rng, root = np.random.default_rng(seed), np.sqrt(rate)
            gyro += GYRO_BIAS + noise.gyro * root * rng.normal(size=gyro.shape)
            accel += ACCEL_BIAS + noise.accel * root * rng.normal(size=accel.shape)
        return ImuSamples(times, gyro, accel)

    def wheels(self, duration: float, rate: float = 50.0, scale: float = 1.01, seed: int = 0) -> WheelSamples:
        """Wheels of a robot that does not sway, 1 % too large, with 1 cm/s and 0.01 rad/s of noise."""
        times, rng = np.arange(0.0, duration, 1 / rate), np.random.default_rng(seed)
        speed = [np.linalg.norm(self.position(t + 1e-3) - self.position(t - 1e-3)) / 2e-3 for t in times]
        yaw_rate = [self.gyro(t)[2] for t in times]
        return WheelSamples(
            times, scale * np.array(speed) + rng.normal(0, 0.01, len(times)),
            scale * np.array(yaw_rate) + rng.normal(0, 0.01, len(times)),
        )  # fmt: skip


GYRO_BIAS = np.array([0.004, -0.006, 0.005])
ACCEL_BIAS = np.array([0.04, -0.03, 0.05])


@dataclass(frozen=True)
class Drive:
    """What is recorded. `blur`: exposure in s, averaged over three moments; `flicker`: its change."""

    duration: float = 8.0
    rate: float = 20.0
    width: int = 320
    height: int = 240
    workers: int = 0
    noise: float = 2.0
    flicker: float = 0.0
    blur: float = 0.0
    seed: int = 0
    motion: Motion = field(default_factory=Motion)

    def record(self) -> Recording:
        """Render lazily: a frame is made when it is asked for, the same each time."""
        cameras, room = stereo_cameras(self.width, self.height), Room(self.seed, self.workers)
        times = np.arange(0.0, self.duration, 1 / self.rate)

        @cache
        def load(k: int) -> dict[str, np.ndarray]:
            rng = np.random.default_rng((self.seed, k))
            gain = 1 + self.flicker * rng.uniform(-1, 1)
            moments = times[k] + self.blur * np.array([-0.5, 0.0, 0.5]) if self.blur else times[k : k + 1]
            return {
                name: sensor(
                    np.mean([self._see(room, c, t)[0] for t in moments], axis=0), gain, self.noise, rng
                )
                for name, c in cameras.items()
            }

        truth = Trajectory(times, np.array([self.motion.pose(t) for t in times]))
        noise = ImuNoise()
        imu = self.motion.imu(self.duration + 0.1, noise=noise, seed=self.seed)
        wheels = self.motion.wheels(self.duration + 0.1, seed=self.seed)
        return Recording(Frames(times, load), cameras, imu, noise, wheels, truth)

    def _see(self, room: Room, camera: Camera, time: float) -> tuple[np.ndarray, np.ndarray]:
        return room.render(camera, self.motion.pose(time) @ camera.body_from_camera, time)


def sensor(grey: np.ndarray, gain: float, noise: float, rng: np.random.Generator) -> np.ndarray:
    """uint8 picture of a sensor with Gaussian noise in grey levels."""
    return np.clip(np.rint(grey * gain + noise * rng.standard_normal(grey.shape, np.float32)), 0, 255).astype(
        np.uint8
    )
