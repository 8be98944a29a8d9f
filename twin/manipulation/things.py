"""What a picture shows: which known objects are where, and things that are like none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...perception.camera import Camera
from ...perception.grasp.standing import with_sides
from ...perception.grasp.surface import Surface, surface_of_cloud, surface_of_mesh
from ...perception.pose.estimate import PoseCfg, PoseEstimator
from ...perception.poses import Array, inverse, transform
from ..bins.models import cad_model
from ..bins.view import add_depth_noise
from .split import closed, connected, parts

_SURE = 0.70
"""Score from which on a thing is one of the objects looked for."""
_LARGER = 1.15
"""Times an object's diameter: what is wider is not that object alone."""
_STEPS = np.stack(np.meshgrid(*[[-1.0, 0.0, 1.0]] * 3), axis=-1).reshape(-1, 3)[14:]
_DIRECTIONS = _STEPS / np.linalg.norm(_STEPS, axis=1, keepdims=True)
"""(13, 3) unit vectors to corners, edges and faces of a cube, without their opposites."""


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


def look_of(
    rgb: np.ndarray, depth: np.ndarray, camera: Camera, pose: Array, rng: np.random.Generator
) -> Look:
    """A picture with exact depth as a depth camera at `pose` (4, 4) in the base has it, with its noise."""
    depth = add_depth_noise(depth, rng)
    points = camera.unproject(depth) @ pose[:3, :3].T + pose[:3, 3]
    return Look(rgb, depth, camera, pose, np.where(depth[..., None] > 0, points, np.nan))


class Recogniser:
    """Knows objects by their shapes.

    Args:
        names: of the catalogue's objects.
        threads: of the CPU.
    """

    def __init__(self, names: Sequence[str], threads: int = 2) -> None:
        self._estimators = {
            name: PoseEstimator(cad_model(name), PoseCfg(threads=threads)) for name in set(names)
        }
        self._surfaces = {
            name: surface_of_mesh(known.model.vertices, known.model.faces)
            for name, known in self._estimators.items()
        }

    def things(self, look: Look, filled: np.ndarray, names: Sequence[str], ground: float) -> list[Thing]:
        """What the pixels `filled` (height, width) show, the surest first.

        Each connected part of them is taken for one thing, whichever of `names` it is like; where it is like
        none, the parts that it may consist of are tried. Things stand on the height `ground`, m.
        """
        found: list[Thing] = []
        for blob in connected(closed(filled)):
            found += self._explain(look, blob, names, ground)
        return sorted(found, key=lambda thing: -thing.score)

    def _explain(self, look: Look, blob: np.ndarray, names: Sequence[str], ground: float) -> list[Thing]:
        whole = self._recognise(look, blob, names)
        if whole is not None:
            return [whole, *self._left(look, blob, whole, names, ground)]
        best: Thing | None = None
        for part in parts(blob, look.depth, look.rgb):
            thing = self._recognise(look, part, names)
            if thing is not None and (best is None or thing.score > best.score):
                best = thing
        if best is not None:
            return [best, *self._left(look, blob, best, names, ground)]
        return [_unknown(look, blob, ground)]

    def _left(
        self, look: Look, blob: np.ndarray, thing: Thing, names: Sequence[str], ground: float
    ) -> list[Thing]:
        """What of a blob a recognised thing does not explain."""
        camera_from_object = inverse(look.base_from_camera) @ thing.pose
        drawn = self._estimators[thing.name].shape.draw(look.camera, camera_from_object[None])[0] > 0
        rest = blob & ~cv2.dilate(drawn.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
        found: list[Thing] = []
        for part in connected(rest):
            known = self._recognise(look, part, names)
            found.append(known or _unknown(look, part, ground))
        return found

    def _recognise(self, look: Look, mask: np.ndarray, names: Sequence[str]) -> Thing | None:
        """The object that a mask is most like, if it is like one."""
        best: Thing | None = None
        low, high = np.nanpercentile(look.points[mask], [2, 98], axis=0)
        size = _width(look.points[mask])
        for name in dict.fromkeys(names):
            estimator = self._estimators[name]
            if not 0.2 * estimator.model.diameter < size < _LARGER * estimator.model.diameter:
                continue
            estimate = estimator.estimate(look.depth, mask, look.camera)
            if estimate.score > max(_SURE, best.score if best else 0.0):
                pose = look.base_from_camera @ estimate.pose
                best = Thing(name, pose, self._surfaces[name], mask, estimate.score, low, high)
        return best


def _width(points: Array) -> float:
    """How far points (n, 3) reach at the most along one of 13 directions, m; outliers and NaN left out.

    The diagonal of an upright box would depend on how a thing is turned.
    """
    along = points[np.isfinite(points[:, 0])] @ _DIRECTIONS.T
    return float(np.ptp(np.percentile(along, [2, 98], axis=0), axis=0).max())


def _unknown(look: Look, mask: np.ndarray, ground: float) -> Thing:
    """A thing of which only what is seen is known; its sides are taken to go straight down."""
    points = look.points[mask]
    points = points[np.isfinite(points[:, 0])]
    order = np.random.default_rng(0).permutation(len(points))[:4096]
    seen = surface_of_cloud(points[order], look.base_from_camera[:3, 3], 32)
    surface = with_sides(seen, np.array([0.0, 0.0, 1.0, -ground]))
    low, high = np.percentile(points, [2, 98], axis=0)
    return Thing("", np.eye(4), surface, mask, 0.0, low, high)
