"""What the cell's depth cameras tell: things in the bin, which they are, and where.

The cameras are calibrated to the arm's base, and where bin and tote stand is known; nothing else is.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...assets.objects.cell import BIN
from ...assets.objects.open_box import OpenBox
from ...envs.render import RayTracer
from ...perception.poses import Array
from ...perception.segmenter import Segmenter
from ..bins.view import FOVY, HEIGHT, WIDTH, camera_of, looking
from .cell import Cell
from .things import Look, Recogniser, Thing, look_of

_BIN_EYE, _TOTE_EYE = np.array([0.80, 0.0, 1.0]), np.array([0.0, -1.10, 0.95])
_LEAST_HEIGHT, _SEEN_HEIGHT = 0.010, 0.004  # m above the bottom: of a thing; of one that the network marks
_BESIDE_WALL = 0.006  # m: depth at a wall's foot belongs to the wall
_UNDER = 0.02  # m: noise of the bottom's depth
_OBJECT = 0.5  # the network's probability
_VOXEL = 0.006  # m


class Eyes:
    """The cell's cameras, and what knows the objects.

    Args:
        cell: whose pictures they take.
        names: of objects that may be in the bin, as an order says.
        seed: of the cameras' noise.
        threads: of the CPU.
    """

    def __init__(self, cell: Cell, names: Sequence[str], seed: int, threads: int = 2) -> None:
        self._cell, self._rng = cell, np.random.default_rng([seed, 11])
        self._tracer = RayTracer(cell.model, WIDTH, HEIGHT, fovy=FOVY, threads=threads)
        self._segmenter = Segmenter(threads=threads)
        self._recogniser = Recogniser(names, threads)

    def look(self, box: OpenBox) -> Look:
        """Into the bin or the tote."""
        eye = _BIN_EYE if box is BIN else _TOTE_EYE
        return self.picture(self._tracer, eye, np.array([*box.middle, 0.05]), FOVY)

    def picture(self, tracer: RayTracer, eye: Array, target: Array, fovy: float) -> Look:
        """What a camera at `eye` (3,) that looks at `target` (3,) has; `fovy` in rad."""
        qpos, *mocap = self._cell.pictured()
        tracer.place_mocap(*mocap)
        tracer.look_at(eye, target, fovy)
        rgb, depth, _ = tracer.render_all(qpos)
        camera = camera_of(tracer.width, tracer.height, fovy)
        return look_of(rgb, depth, camera, looking(eye, target), self._rng)

    def filled(self, look: Look, box: OpenBox) -> np.ndarray:
        """Pixels (height, width) of things in a box: above its bottom, or marked by the network."""
        inside = within(look.points, box)
        smooth = cv2.medianBlur(look.depth, 5)
        height = (look.camera.unproject(smooth) @ look.base_from_camera[:3, :3].T)[..., 2]
        height += look.base_from_camera[2, 3] - box.low[2]
        marked = self._segmenter(look.rgb) > _OBJECT
        return inside & ((height > _LEAST_HEIGHT) | (marked & (height > _SEEN_HEIGHT)))

    def things(self, look: Look, names: Sequence[str]) -> list[Thing]:
        """What is in the bin, the surest first: see `Recogniser.things`."""
        return self._recogniser.things(look, self.filled(look, BIN), names, BIN.low[2])


def obstacles_of(look: Look, mask: np.ndarray) -> Array:
    """Points (n, 3) in the base of everything near the bin but what `mask` shows: seen, and the bin's own."""
    wide = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    points = look.points[~wide]
    near = (points > _NEAR_LOW).all(axis=1) & (points < _NEAR_HIGH).all(axis=1)
    points = np.concatenate([points[near], _BIN_POINTS])
    _, first = np.unique(np.floor(points / _VOXEL).astype(int), axis=0, return_index=True)
    return points[first]


def within(points: Array, box: OpenBox) -> np.ndarray:
    """Which points (..., 3) are between the walls of a box, or above; NaN is not."""
    low, high = box.low[:2] + _BESIDE_WALL, box.high[:2] - _BESIDE_WALL
    with np.errstate(invalid="ignore"):
        above = points[..., 2] > box.low[2] - _UNDER
        return above & ((points[..., :2] > low) & (points[..., :2] < high)).all(axis=-1)


def _box_points(box: OpenBox) -> Array:
    """Points on the inside of a box, bottom and walls, and on its rim, 6 mm apart."""
    x, y, z = (np.arange(low, high + _VOXEL, _VOXEL) for low, high in zip(box.low, box.high, strict=True))
    bottom = np.stack(np.meshgrid(x, y, [box.low[2]]), axis=-1).reshape(-1, 3)
    sides = [np.stack(np.meshgrid([at], y, z), axis=-1).reshape(-1, 3) for at in (box.low[0], box.high[0])]
    ends = [np.stack(np.meshgrid(x, [at], z), axis=-1).reshape(-1, 3) for at in (box.low[1], box.high[1])]
    return np.concatenate([bottom, *sides, *ends])


_BIN_POINTS = _box_points(BIN)
_NEAR_LOW, _NEAR_HIGH = BIN.low - 0.05, BIN.high + np.array([0.05, 0.05, 0.3])
