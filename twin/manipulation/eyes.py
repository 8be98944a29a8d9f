"""What the cell's depth cameras tell: things in the bin, which they are, and where.

The cameras are calibrated to the arm's base, and where bin and tote stand is known; nothing else is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...assets.objects.cell import BIN
from ...assets.objects.open_box import OpenBox
from ...envs.render import RayTracer
from ...perception.camera import Camera
from ...perception.grasp.standing import with_sides
from ...perception.grasp.surface import Surface, surface_of_cloud, surface_of_mesh
from ...perception.pose.estimate import PoseCfg, PoseEstimator
from ...perception.poses import Array, inverse, transform
from ...perception.segmenter import Segmenter
from ..bins.models import cad_model
from ..bins.view import FOVY, HEIGHT, WIDTH, add_depth_noise, camera_of, looking
from .cell import Cell
from .split import closed, connected, parts

_BIN_EYE, _TOTE_EYE = np.array([0.80, 0.0, 1.0]), np.array([0.0, -1.10, 0.95])
_SURE = 0.70
"""Score from which on a thing is one of the objects looked for."""
_LEAST_HEIGHT, _SEEN_HEIGHT = 0.010, 0.004  # m above the bottom: of a thing; of one that the network marks
_BESIDE_WALL = 0.006  # m: depth at a wall's foot belongs to the wall
_UNDER = 0.02  # m: noise of the bottom's depth
_OBJECT = 0.5  # the network's probability
_VOXEL = 0.006  # m


@dataclass(frozen=True, eq=False)
class Look:
    """One picture.

    Attributes:
        rgb: (height, width, 3) uint8. depth: (height, width) float32 m, 0 where there is none.
        camera: of both. base_from_camera: (4, 4).
        points: (height, width, 3) in the base, m; NaN without depth.
    """

    rgb: np.ndarray
    depth: np.ndarray
    camera: Camera
    base_from_camera: Array
    points: Array


@dataclass(frozen=True, eq=False)
class Thing:
    """Something in the bin.

    Attributes:
        name: of the object, '' if it is none of those looked for.
        pose: (4, 4) `base_from_surface`.
        surface: of the whole object, or of what is seen of it and below, in its own frame.
        mask: (height, width) bool, its pixels.
        score: of the pose, 0 without.
        low, high: corners (3,) of the box in the base that holds what is seen of it, m.
    """

    name: str
    pose: Array
    surface: Surface
    mask: np.ndarray
    score: float
    low: Array
    high: Array

    @property
    def points(self) -> Array:
        """The surface's points (n, 3) in the base, m."""
        return transform(self.pose, self.surface.points)


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
        self._estimators = {
            name: PoseEstimator(cad_model(name), PoseCfg(threads=threads)) for name in set(names)
        }
        self._surfaces = {
            name: surface_of_mesh(known.model.vertices, known.model.faces)
            for name, known in self._estimators.items()
        }

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
        depth = add_depth_noise(depth, self._rng)
        camera, pose = camera_of(tracer.width, tracer.height, fovy), looking(eye, target)
        points = camera.unproject(depth) @ pose[:3, :3].T + pose[:3, 3]
        return Look(rgb, depth, camera, pose, np.where(depth[..., None] > 0, points, np.nan))

    def filled(self, look: Look, box: OpenBox) -> np.ndarray:
        """Pixels (height, width) of things in a box: above its bottom, or marked by the network."""
        inside = within(look.points, box)
        smooth = cv2.medianBlur(look.depth, 5)
        height = (look.camera.unproject(smooth) @ look.base_from_camera[:3, :3].T)[..., 2]
        height += look.base_from_camera[2, 3] - box.low[2]
        marked = self._segmenter(look.rgb) > _OBJECT
        return inside & ((height > _LEAST_HEIGHT) | (marked & (height > _SEEN_HEIGHT)))

    def things(self, look: Look, names: Sequence[str]) -> list[Thing]:
        """What is in the bin, the surest first.

        Each connected part of what fills the bin is taken for one thing, whichever of `names` it is like;
        where it is like none, the parts that it may consist of are tried.
        """
        filled = self.filled(look, BIN)
        found: list[Thing] = []
        for blob in connected(closed(filled)):
            found += self._explain(look, blob, names)
        return sorted(found, key=lambda thing: -thing.score)

    def _explain(self, look: Look, blob: np.ndarray, names: Sequence[str]) -> list[Thing]:
        whole = self._recognise(look, blob, names)
        if whole is not None:
            return [whole, *self._left(look, blob, whole, names)]
        best: Thing | None = None
        for part in parts(blob, look.depth, look.rgb):
            thing = self._recognise(look, part, names)
            if thing is not None and (best is None or thing.score > best.score):
                best = thing
        if best is not None:
            return [best, *self._left(look, blob, best, names)]
        return [self._unknown(look, blob)]

    def _left(self, look: Look, blob: np.ndarray, thing: Thing, names: Sequence[str]) -> list[Thing]:
        """What of a blob a recognised thing does not explain."""
        camera_from_object = inverse(look.base_from_camera) @ thing.pose
        drawn = self._estimators[thing.name].shape.draw(look.camera, camera_from_object[None])[0] > 0
        rest = blob & ~cv2.dilate(drawn.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
        found: list[Thing] = []
        for part in connected(rest):
            known = self._recognise(look, part, names)
            found.append(known or self._unknown(look, part))
        return found

    def _recognise(self, look: Look, mask: np.ndarray, names: Sequence[str]) -> Thing | None:
        """The object that a mask is most like, if it is like one."""
        best: Thing | None = None
        low, high = np.nanpercentile(look.points[mask], [2, 98], axis=0)
        size = float(np.linalg.norm(high - low))
        for name in dict.fromkeys(names):
            estimator = self._estimators[name]
            if not 0.2 * estimator.model.diameter < size < 1.25 * estimator.model.diameter:
                continue
            estimate = estimator.estimate(look.depth, mask, look.camera)
            if estimate.score > max(_SURE, best.score if best else 0.0):
                pose = look.base_from_camera @ estimate.pose
                best = Thing(name, pose, self._surfaces[name], mask, estimate.score, low, high)
        return best

    def _unknown(self, look: Look, mask: np.ndarray) -> Thing:
        """A thing of which only what is seen is known; its sides are taken to go straight down."""
        points = look.points[mask]
        points = points[np.isfinite(points[:, 0])]
        order = np.random.default_rng(0).permutation(len(points))[:4096]
        seen = surface_of_cloud(points[order], look.base_from_camera[:3, 3], 32)
        surface = with_sides(seen, np.array([0.0, 0.0, 1.0, -BIN.low[2]]))
        low, high = np.percentile(points, [2, 98], axis=0)
        return Thing("", np.eye(4), surface, mask, 0.0, low, high)


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
