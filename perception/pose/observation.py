"""What a depth picture shows of an object: a cut-out around its mask, and points of its surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from ..camera import Camera
from ..poses import Array

_CUTOUT = 20_000  # pixels, about
_POINTS = 1024
_FEWEST = 30  # points that a pose can be found from
_FARTHEST = 30.0  # m


class Window(NamedTuple):
    """Intrinsics in pixels of a cut-out, whose principal point may lie far outside of it."""

    fx: float
    fy: float
    cx: float
    cy: float

    def unproject(self, depth: np.ndarray) -> Array:
        """Points (rows, columns, 3) in m of the cut-out's depth."""
        v, u = np.indices(depth.shape)
        return np.stack([(u - self.cx) / self.fx * depth, (v - self.cy) / self.fy * depth, depth], axis=-1)


@dataclass(frozen=True, eq=False)
class Observation:
    """A cut-out of a picture.

    Attributes:
        window: intrinsics of the cut-out.
        depth: (rows, columns) float32 in m, 0 unknown.
        beyond: (rows, columns) float32, px to the mask, 0 in it.
        points: (n, 3) of the masked surface in m, in the camera's frame, in random order.
        normals: (n, 3) there, towards the camera.
        mask_pixels: of the whole picture.
    """

    window: Window
    depth: np.ndarray
    beyond: np.ndarray
    points: Array
    normals: Array
    mask_pixels: int


def observe(depth: np.ndarray, mask: np.ndarray, camera: Camera, diameter: float) -> Observation:
    """Cut out what concerns an object of `diameter` m whose visible pixels are `mask`.

    Args:
        depth: (height, width) float32 in m, 0 or not finite where there is none.
        mask: (height, width) bool.
        camera: without distortion.
        diameter: of the object, m.

    Raises:
        ValueError: pictures of another size than the camera's, or too few pixels of depth in the mask.
    """
    camera.check_picture(depth, "The depth picture")
    camera.check_picture(mask, "The mask")
    depth = np.where(np.isfinite(depth), depth, 0.0)
    seen = mask & (depth > 0)
    count = int(seen.sum())
    if count < _FEWEST:
        raise ValueError(
            f"The mask has {int(mask.sum())} pixels, {count} of them with depth; "
            f"a pose takes {_FEWEST} at least."
        )
    middle = float(np.median(depth[seen]))
    if middle > _FARTHEST:
        raise ValueError(f"The mask is {middle:.4g} m away; is the depth in millimetres? Give it in metres.")
    top, left, bottom, right = _around(mask, diameter * camera.fx / middle, camera)
    step = max(1, round(np.sqrt((bottom - top) * (right - left) / _CUTOUT)))
    rows, columns = slice(top, bottom, step), slice(left, right, step)
    part = np.ascontiguousarray(depth[rows, columns], dtype=np.float32)
    masked = np.ascontiguousarray(mask[rows, columns])
    window = Window(camera.fx / step, camera.fy / step, (camera.cx - left) / step, (camera.cy - top) / step)
    beyond = cv2.distanceTransform((~masked).astype(np.uint8), cv2.DIST_L2, 5)
    points, normals = _surface(part, masked, window, middle, diameter)
    return Observation(window, part, beyond, points, normals, count)


def _around(mask: np.ndarray, size: float, camera: Camera) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of what an object may cover that is `size` px long at most."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    pad_rows = max(8, int(size - (rows[-1] - rows[0])) // 2 + 8)
    pad_columns = max(8, int(size - (columns[-1] - columns[0])) // 2 + 8)
    return (
        max(0, int(rows[0]) - pad_rows),
        max(0, int(columns[0]) - pad_columns),
        min(camera.height, int(rows[-1]) + pad_rows + 1),
        min(camera.width, int(columns[-1]) + pad_columns + 1),
    )


def _surface(
    depth: np.ndarray, mask: np.ndarray, window: Window, middle: float, diameter: float
) -> tuple[Array, Array]:
    """Points and normals of the masked surface, without its rim, where depth may be of two surfaces."""
    kernel = np.ones((3, 3), np.uint8)
    inner = cv2.erode(mask.astype(np.uint8), kernel).astype(bool) & (depth > 0)
    if inner.sum() < _FEWEST:
        inner = mask & (depth > 0)
    cloud = window.unproject(depth)
    near = inner & (np.abs(depth - middle) < diameter)
    rows, columns = np.nonzero(near)
    chosen = np.random.default_rng(0).permutation(len(rows))[:_POINTS]
    rows, columns = rows[chosen], columns[chosen]
    return cloud[rows, columns], _normals(cloud, depth > 0, rows, columns)


def _normals(cloud: Array, known: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> Array:
    """Normals of planes fitted to the neighbourhoods of some pixels, towards the camera.

    Sums over a window by box filters; a plane's normal is that of the smallest spread.
    """
    size = (7, 7)
    weight = known.astype(np.float64)

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(values * weight, -1, size, normalize=False)

    total = np.maximum(cv2.boxFilter(weight, -1, size, normalize=False), 1.0)[rows, columns]
    center = np.stack([mean(cloud[..., i])[rows, columns] / total for i in range(3)], axis=1)
    spread = np.empty((len(rows), 3, 3))
    for i in range(3):
        for j in range(i, 3):
            product = mean(cloud[..., i] * cloud[..., j])[rows, columns] / total
            spread[:, i, j] = spread[:, j, i] = product - center[:, i] * center[:, j]
    normals = np.linalg.eigh(spread)[1][:, :, 0]
    return normals * -np.sign((normals * center).sum(axis=1, keepdims=True))
