"""The cameras of a recorded robot, which take their pictures together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import mujoco
import numpy as np
import numpy.typing as npt

from ...envs.sensors.camera_rig import RigCamera, RigCameraCfg
from ...perception.camera import Camera
from ...perception.poses import inverse
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
        seconds: stop after so many; None for the whole way.
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


class Rig:
    """Takes pictures along a motion, one after the other: exposure is controlled from each to the next.

    Args:
        hall: with the robot that carries the cameras.
        motion: of the robot.
        cfg: which cameras.

    Attributes:
        cameras: by name: `left` and `right`, and `rgb`, which measures depth and segments, too.
    """

    def __init__(self, hall: Hall, motion: Motion, cfg: RecordCfg) -> None:
        self.cameras, self._cfg = _cameras(hall.seen, cfg), cfg
        self._scenes = {name: Scenery(hall, motion) for name in self.cameras}
        self._has_drawn = False

    @property
    def traces(self) -> int:
        """Pictures drawn so far, sub-frames of blurred ones included."""
        return sum(camera.traces for camera in self.cameras.values())

    def take(self, time: float) -> dict[str, np.ndarray]:
        """Pictures of one moment, s, by name."""
        # A Warp launch takes one core and leaves Python's lock; the first one compiles.
        with ThreadPoolExecutor(2 if self._has_drawn else 1) as pool:
            parts = list(pool.map(lambda name: self._pictures(name, time), self.cameras))
        self._has_drawn = True
        if "right" in self.cameras:
            # One trigger and one exposure for both, as in a stereo camera.
            self.cameras["right"].exposure = replace(self.cameras["left"].exposure)
        return {name: picture for part in parts for name, picture in part.items()}

    def _pictures(self, name: str, time: float) -> dict[str, np.ndarray]:
        camera, scene = self.cameras[name], self._scenes[name]
        pictures: dict[str, np.ndarray] = {name: camera.picture(scene, time)}
        if name == "rgb":
            depth, segments = camera.depth_and_segments(scene, time)
            beside = {"depth": depth, "segmentation": (segments + 1).astype(np.uint16)}
            pictures |= {sensor: beside[sensor] for sensor in beside if sensor in self._cfg.sensors}
        return pictures

    def calibration(self, body: Array) -> dict[str, Camera]:
        """Calibrated cameras by name of picture, from the body's pose (4, 4) at time 0."""
        calibrated = {}
        for name, camera in self.cameras.items():
            lens = camera.lens
            calibrated[name] = Camera(
                *(lens.width, lens.height, lens.fx, lens.fy, lens.cx, lens.cy),
                distortion=camera.cfg.distortion,
                body_from_camera=inverse(body) @ camera.pose(self._scenes[name](0.0)),
            )
        for name in ("depth", "segmentation"):
            if name in self._cfg.sensors:
                calibrated[name] = calibrated["rgb"]
        return calibrated


def _cameras(model: mujoco.MjModel, cfg: RecordCfg) -> dict[str, RigCamera]:
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
