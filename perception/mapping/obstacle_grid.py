"""A map of the floor for a robot on wheels: which cells are free, from depth pictures, as they come.

Each picture is read as a range scan: for each column of pixels, the nearest thing of an obstacle's height.
Cells before it are freer than they were, cells at it more occupied (log odds; Moravec and Elfes, ICRA 1985;
Thrun, Burgard and Fox, Probabilistic Robotics, 2005, chapter 9), so what moved away is cleared when its place
is seen again.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..camera import Camera
from ..poses import Array, transform

_HIT, _MISS, _LIMIT = 0.9, -0.4, 4.0  # log odds of one picture, and what many together amount to at most
_SUPPORT = 3  # pixels of a column that must agree on an obstacle
_ROWS = 3  # every so many rows of the picture are read


@dataclass(frozen=True)
class Scan:
    """Ranges in the plane of the floor, one for each column of pixels from left to right.

    Attributes:
        azimuths: (n,) in rad in the world.
        hit: (n,) to the nearest obstacle, m; inf for none.
        seen: (n,) to the farthest thing seen, the floor included, m.
    """

    azimuths: Array
    hit: Array
    seen: Array


class ObstacleGrid:
    """Obstacles on a level floor around where the robot began.

    Cell (row, column) has its middle at `origin` + cell * (column + 1/2, row + 1/2), x and y in the world.

    Args:
        cell: edge, m.
        size: edge of the square map, m; the world's origin is in its middle.
        low, high: heights in m above the floor between which a thing is in the way.
        floor: height of the floor in the world, m.
        farthest: range up to which depth is believed, m.

    Raises:
        ValueError: sizes or heights that cannot be.
    """

    def __init__(
        self,
        cell: float = 0.1,
        size: float = 100.0,
        low: float = 0.12,
        high: float = 1.4,
        floor: float = 0.0,
        farthest: float = 6.0,
    ) -> None:
        if not (0 < cell < size and low < high and farthest > 0):
            raise ValueError(
                f"A map of {size:g} m with cells of {cell:g} m, of things {low:g} to {high:g} m high and up "
                f"to {farthest:g} m away cannot be."
            )
        self.cell, self.farthest = cell, farthest
        self._low, self._high = floor + low, floor + high
        count = round(size / cell)
        self.origin = np.full(2, -count * cell / 2)
        self.log_odds = np.zeros((count, count), np.float32)

    @property
    def occupied(self) -> npt.NDArray[np.bool_]:
        """Cells that are rather occupied than not."""
        return self.log_odds > 0.5

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Cells that were seen."""
        return self.log_odds != 0.0

    def update(self, depth: np.ndarray, camera: Camera, world_from_camera: Array) -> Scan:
        """Add a depth picture (height, width) in m, 0 where there is none, of a roughly level camera."""
        camera.check_picture(depth, "The depth picture")
        scan = self._scan(depth, camera, world_from_camera)
        self._mark(scan, world_from_camera[:2, 3])
        return scan

    def cell_of(self, points: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Row and column (n, 2) of points (n, 2), x and y in m."""
        xy = np.floor((np.asarray(points, float) - self.origin) / self.cell).astype(int)
        return np.clip(xy[..., ::-1], 0, len(self.log_odds) - 1)

    def point_of(self, cells: npt.ArrayLike) -> Array:
        """Middles (n, 2), x and y in m, of cells (n, 2) by row and column."""
        return self.origin + self.cell * (np.asarray(cells, float)[..., ::-1] + 0.5)

    def clearance(self) -> Array:
        """Distance in m of each cell's middle to the nearest occupied one's."""
        free = (~self.occupied).astype(np.uint8)
        return cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * self.cell

    def _scan(self, depth: np.ndarray, camera: Camera, world_from_camera: Array) -> Scan:
        points = camera.unproject(depth)[::_ROWS]
        world = transform(world_from_camera, points.reshape(-1, 3)).reshape(points.shape)
        offset = world[..., :2] - world_from_camera[:2, 3]
        ranges = np.linalg.norm(offset, axis=-1)
        believed = (points[..., 2] > 0) & (ranges < self.farthest)
        in_the_way = believed & (world[..., 2] > self._low) & (world[..., 2] < self._high)
        nearest = np.partition(np.where(in_the_way, ranges, np.inf), _SUPPORT - 1, axis=0)
        seen = np.where(believed, ranges, 0.0).max(axis=0)
        u = (np.arange(camera.width) - camera.cx) / camera.fx
        rays = np.column_stack([u, np.zeros_like(u), np.ones_like(u)]) @ world_from_camera[:3, :3].T
        return Scan(np.arctan2(rays[:, 1], rays[:, 0]), nearest[_SUPPORT - 1], seen)

    def _mark(self, scan: Scan, eye: Array) -> None:
        reach = int(np.ceil(self.farthest / self.cell)) + 1
        row, column = self.cell_of(eye)
        rows = slice(max(row - reach, 0), row + reach + 1)
        columns = slice(max(column - reach, 0), column + reach + 1)
        window = self.log_odds[rows, columns]
        grid = np.indices(window.shape).transpose(1, 2, 0) + np.array([rows.start, columns.start])
        x, y = np.moveaxis(self.point_of(grid) - eye, -1, 0)
        middle = scan.azimuths[len(scan.azimuths) // 2]
        turned = (np.arctan2(y, x) - middle + np.pi) % (2 * np.pi) - np.pi
        azimuths = (scan.azimuths - middle + np.pi) % (2 * np.pi) - np.pi
        in_view = (turned < azimuths[0]) & (turned > azimuths[-1])
        k = np.clip(np.searchsorted(-azimuths, -turned), 0, len(azimuths) - 1)
        ranges = np.hypot(x, y)
        hit = in_view & (np.abs(ranges - scan.hit[k]) <= self.cell)
        free = in_view & ~hit & (ranges < np.minimum(scan.hit[k], scan.seen[k]))
        window += np.where(hit, _HIT, 0.0) + np.where(free, _MISS, 0.0)
        np.clip(window, -_LIMIT, _LIMIT, out=window)
