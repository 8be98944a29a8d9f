"""Frames of a drive, drawn when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import mujoco
import numpy as np
import numpy.typing as npt

from ...envs.sensors.camera_rig import RigCamera, RigCameraCfg
from ...perception.camera import Camera
from ...perception.poses import inverse
from ...perception.recording import Frame
from .hall import Hall, Scenery
from .motion import Motion
from .robots import Sensor

Array = npt.NDArray[np.floating]
_DISTORTION = (-0.12, 0.03, 4e-4, -3e-4)  # of the stereo pair's lenses


@dataclass(frozen=True)
class RecordCfg:
    """What to record.

    Attributes:
        sensors: stereo (`left`, `right`: grey, of bent lenses), depth (`rgb`, `depth`: of the left camera,
            ideal lens), segmentation (`rgb`, and which thing each of its pixels shows), imu, wheels, lidar
            (one row), lidar3d.
        seed: of the hall, the route, the workers and all noise.
        ideal: without noise, blur and distortion.
        width, height: of pictures, px.
        rolling: row time in s of a rolling shutter; 0 for a global one.
        seconds: stop after so many; None for the whole drive.
    """

    sensors: tuple[Sensor, ...] = ("stereo", "imu", "wheels")
    seed: int = 0
    ideal: bool = False
    width: int = 640
    height: int = 480
    rolling: float = 0.0
    seconds: float | None = None

    def __post_init__(self) -> None:
        if not {"stereo", "depth", "segmentation"} & set(self.sensors):
            raise ValueError("A recording needs a camera: add stereo, depth or segmentation to the sensors.")
        if self.seed < 0 or min(self.width, self.height) < 16 or self.rolling < 0:
            raise ValueError(
                f"seed {self.seed}, {self.width} x {self.height} px and a row time of {self.rolling:g} s "
                "cannot be recorded: give a seed of 0 or more, 16 px or more, and no negative time."
            )


class LiveFrames(Sequence[Frame]):
    """Frames that are drawn when asked for. Going on is cheap; going back draws all again from the start.

    Exposure is controlled from frame to frame, so that frame k is what it is only after the ones before.

    Attributes:
        times: of the frames, s.
        cameras: of the rig by name.
    """

    def __init__(self, hall: Hall, motion: Motion, times: Array, cfg: RecordCfg) -> None:
        self.times, self._hall, self._motion, self._cfg = times, hall, motion, cfg
        self.cameras = rig_cameras(hall.seen, cfg)
        self._scenes = {name: Scenery(hall, motion) for name in self.cameras}
        self._last = -1
        self._frame: Frame | None = None

    @property
    def traces(self) -> int:
        """Pictures drawn so far, sub-frames of blurred ones included."""
        return sum(camera.traces for camera in self.cameras.values())

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, k: int) -> Frame:  # pyright: ignore[reportIncompatibleMethodOverride]
        if not -len(self) <= k < len(self):
            raise IndexError(k)
        k %= len(self)
        if self._frame is None or k < self._last:
            self.cameras, self._last = rig_cameras(self._hall.seen, self._cfg), -1
        while self._last < k:
            self._last += 1
            self._frame = self._take(float(self.times[self._last]))
        assert self._frame is not None
        return self._frame

    def __iter__(self) -> Iterator[Frame]:
        return (self[k] for k in range(len(self)))

    def _take(self, time: float) -> Frame:
        def one(name: str) -> dict[str, np.ndarray]:
            camera, scene = self.cameras[name], self._scenes[name]
            pictures: dict[str, np.ndarray] = {name: camera.picture(scene, time)}
            if name == "rgb":
                depth, segments = camera.depth_and_segments(scene, time)
                beside = {"depth": depth, "segmentation": (segments + 1).astype(np.uint16)}
                pictures |= {sensor: beside[sensor] for sensor in beside if sensor in self._cfg.sensors}
            return pictures

        # A Warp launch takes one core and leaves Python's lock.
        with ThreadPoolExecutor(2 if self._last else 1) as pool:
            pictures = list(pool.map(one, self.cameras))
        if "right" in self.cameras:
            # One trigger and one exposure for both, as in a stereo camera.
            self.cameras["right"].exposure = replace(self.cameras["left"].exposure)
        return Frame(time, {name: picture for part in pictures for name, picture in part.items()})


def rig_cameras(model: mujoco.MjModel, cfg: RecordCfg) -> dict[str, RigCamera]:
    """Cameras by name: `left` and `right`, and `rgb`, which measures depth and segments, too."""
    common = RigCameraCfg(width=cfg.width, height=cfg.height, row_time=cfg.rolling)
    if cfg.ideal:
        common = replace(common, imager=None, depth=None)
    cameras = {}
    if "stereo" in cfg.sensors:
        bent = common if cfg.ideal else replace(common, distortion=_DISTORTION)
        for number, side in enumerate(("left", "right")):
            named = replace(bent, name=f"stereo_{side}")
            cameras[side] = RigCamera(model, named, [cfg.seed, 10 + number])
    if {"depth", "segmentation"} & set(cfg.sensors):
        cameras["rgb"] = RigCamera(model, replace(common, colour=True), [cfg.seed, 12])
    return cameras


def calibration(rig: dict[str, RigCamera], data: mujoco.MjData, body: Array) -> dict[str, Camera]:
    """Calibrated cameras of a rig by name. `body` is its pose (4, 4) in `data`."""
    cameras = {}
    for name, camera in rig.items():
        lens = camera.lens
        cameras[name] = Camera(
            *(lens.width, lens.height, lens.fx, lens.fy, lens.cx, lens.cy),
            distortion=camera.cfg.distortion,
            body_from_camera=inverse(body) @ camera.pose(data),
        )
    return cameras
