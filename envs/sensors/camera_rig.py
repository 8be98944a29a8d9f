"""Cameras of one robot in one world, with shutters, blur, lenses, exposure and noise, for recordings."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import mujoco
import numpy as np
import numpy.typing as npt

from .depth_noise import DepthCfg, measure_depth
from .imager import Exposure, ImagerCfg, add_noise, digitise, electrons_of, next_exposure
from .lens import OPTICAL, LensDistortion, camera_id, pinhole_of
from .tile_tracer import TileTracer

Array = npt.NDArray[np.floating]
Scene = Callable[[float], mujoco.MjData]
"""The world at a time in s: data whose kinematics and cameras are those of that time."""
_BLUR_PX = 1.5  # between the sub-frames of a blurred picture
_MOST_SUBFRAMES = 6
_ROLLING_ROWS = 16  # rows of a rolling shutter that are drawn as if they were read at once
_NEAR = 2.0  # m; what is as near as that must not blur in steps


@dataclass(frozen=True)
class RigCameraCfg:
    """One camera of the rig.

    Attributes:
        name: of the model's camera, from which its pose and field of view are.
        width, height: px.
        colour: RGB pictures; grey ones otherwise.
        distortion: k1, k2, p1, p2 and perhaps k3 of its lens; all 0 for none.
        row_time: s between the rows of a rolling shutter; 0 for a global shutter.
        imager: its sensor; None for pictures without blur and noise.
        depth: measures depth too, without lens distortion; None for true depth.
    """

    name: str = "stereo_left"
    width: int = 640
    height: int = 480
    colour: bool = False
    distortion: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    row_time: float = 0.0
    imager: ImagerCfg | None = field(default_factory=ImagerCfg)
    depth: DepthCfg | None = field(default_factory=DepthCfg)


class RigCamera:
    """Takes pictures of a moving world; times of pictures are the middles of their exposures.

    Args:
        model: compiled with what is only drawn.
        cfg: which camera, and how it sees.
        seed: of its noise.

    Attributes:
        lens: intrinsics of its pictures.
        exposure: of the next picture.
        traces: pictures that were drawn so far, sub-frames included.

    Raises:
        ValueError: there is no such camera.
    """

    def __init__(self, model: mujoco.MjModel, cfg: RigCameraCfg, seed: list[int]) -> None:
        self.cfg, self.exposure, self.traces = cfg, Exposure(), 0
        self.lens = pinhole_of(model, cfg.name, cfg.width, cfg.height)
        self._bend = LensDistortion(self.lens, cfg.distortion) if any(cfg.distortion) else None
        drawn = self._bend.wide if self._bend else self.lens
        self._tracer = TileTracer(model, drawn, 3 if cfg.colour else 1)
        self._camera = camera_id(model, cfg.name)
        self._rng = np.random.default_rng(seed)

    def pose(self, data: mujoco.MjData) -> Array:
        """World pose (4, 4) of the optical frame."""
        pose = np.eye(4)
        pose[:3, :3] = data.cam_xmat[self._camera].reshape(3, 3) @ OPTICAL
        pose[:3, 3] = data.cam_xpos[self._camera]
        return pose

    def picture(self, scene: Scene, time: float) -> npt.NDArray[np.uint8]:
        """Picture (height, width) or (height, width, 3) at `time`; also sets the exposure of the next."""
        cfg = self.cfg.imager
        if cfg is None:
            return np.clip(255 * self._bent(self._draw(scene, time)) + 0.5, 0, 255).astype(np.uint8)
        times = self.subframe_times(scene, time)
        electrons = electrons_of(self._bent(self._blurred(scene, times)), self.exposure.time, cfg)
        picture = digitise(add_noise(electrons, cfg, self._rng), self.exposure.gain, cfg)
        self.exposure = next_exposure(self.exposure, picture, cfg)
        return picture

    def depth_and_segments(
        self, scene: Scene, time: float
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
        """Depth (height, width) in m, 0 for none, and geoms (height, width), -1 for none, at `time`.

        Depth is as measured if the camera has a `depth`; segments are those of true depth. Both are bent as
        the lens bends pictures.
        """
        self._draw(scene, time)
        depth, seen = self._tracer.depth, self._tracer.seen
        if self._bend:
            depth, seen = self._bend(depth, nearest=True), self._bend(seen, nearest=True)
        depth = depth if self.cfg.depth is None else measure_depth(depth, self.cfg.depth, self._rng)
        return depth.copy(), seen.copy()

    def subframe_times(self, scene: Scene, time: float) -> Array:
        """Times (n,) whose pictures are averaged: so many that nothing moves far between them."""
        start, end = time - self.exposure.time / 2, time + self.exposure.time / 2
        first, last = self.pose(scene(start)), self.pose(scene(end))
        turn = math.acos(np.clip((np.trace(first[:3, :3].T @ last[:3, :3]) - 1) / 2, -1.0, 1.0))
        moved = self.lens.fx * (turn + np.linalg.norm(last[:3, 3] - first[:3, 3]) / _NEAR)
        count = int(np.clip(math.ceil(moved / _BLUR_PX), 1, _MOST_SUBFRAMES))
        return start + (np.arange(count) + 0.5) * self.exposure.time / count

    def row_times(self, time: float) -> Array:
        """Times (height,) of the middles of the exposures of each row of the drawn picture."""
        rows = np.arange(self._tracer.lens.height)
        return time + (rows - (len(rows) - 1) / 2) * self.cfg.row_time

    def _blurred(self, scene: Scene, times: Array) -> Array:
        total = self._draw(scene, float(times[0]))
        for time in times[1:]:
            total += self._draw(scene, float(time))
        return total / np.float32(len(times))

    def _draw(self, scene: Scene, time: float) -> Array:
        """Radiance of the ideal picture, (height, width) or (height, width, 3)."""
        self.traces += 1
        if self.cfg.row_time == 0.0:
            self._draw_rows(scene(time), None)
        else:
            rows = self.row_times(time)
            for first in range(0, len(rows), _ROLLING_ROWS):
                end = min(first + _ROLLING_ROWS, len(rows))
                self._draw_rows(scene(float(rows[first:end].mean())), (first, end))
        radiance = self._tracer.radiance.copy()
        return radiance if self.cfg.colour else radiance[:, :, 0]

    def _draw_rows(self, data: mujoco.MjData, rows: tuple[int, int] | None) -> None:
        self._tracer.draw(data.geom_xpos, data.geom_xmat, self.pose(data), rows)

    def _bent(self, radiance: Array) -> Array:
        return self._bend(radiance) if self._bend else radiance
