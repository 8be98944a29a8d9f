"""What is known of the floor at one moment, for planning on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from ...perception.mapping.occupancy import OccupancyGrid

Array = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FloorMap:
    """A rectangle of cells; cell (i, j) has its middle at `origin` + cell * (i + 1/2, j + 1/2).

    Attributes:
        origin: (2,) x and y of the corner of cell (0, 0), m.
        cell: edge, m.
        occupied: (nx, ny) something stands there.
        known: (nx, ny) occupied or free for sure.
    """

    origin: Array
    cell: float
    occupied: Mask
    known: Mask

    @classmethod
    def around(cls, grid: OccupancyGrid, points: Array, margin: float) -> FloorMap:
        """The part of a grid that reaches `margin` m beyond points (n, 2); unknown where it ends."""
        cell = grid.cell
        low = np.floor((points.min(axis=0) - margin) / cell).astype(int)
        shape = np.ceil((points.max(axis=0) + margin) / cell).astype(int) - low
        shift = np.round(np.array(grid.origin) / cell).astype(int) - low
        parts = (_part(values, shift, shape) for values in (grid.is_occupied, grid.is_free))
        occupied, free = parts
        return cls(low * cell, cell, occupied, occupied | free)

    @cached_property
    def clearance(self) -> Array:
        """(nx, ny) distance in m of each cell's middle to the nearest occupied one's."""
        free = (~self.occupied).astype(np.uint8)
        return cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * self.cell

    def cells_of(self, points: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Cells (..., 2) of points (..., 2), m; the nearest at the border for those outside."""
        cells = np.floor((np.asarray(points, float) - self.origin) / self.cell).astype(int)
        return np.clip(cells, 0, np.array(self.occupied.shape) - 1)

    def points_of(self, cells: npt.ArrayLike) -> Array:
        """Middles (..., 2) in m of cells (..., 2)."""
        return self.origin + self.cell * (np.asarray(cells, float) + 0.5)

    def clearance_at(self, points: npt.ArrayLike) -> Array:
        """Clearance (...) in m at points (..., 2)."""
        return self.clearance[tuple(np.moveaxis(self.cells_of(points), -1, 0))]


def _part(values: Mask, shift: npt.NDArray[np.int64], shape: npt.NDArray[np.int64]) -> Mask:
    """A rectangle of `shape` that has `values` at `shift`, and False where it has none."""
    part = np.zeros(shape, bool)
    first, end = np.maximum(shift, 0), np.minimum(shift + values.shape, shape)
    if (first < end).all():
        (i0, j0), (i1, j1) = first, end
        di, dj = shift
        part[i0:i1, j0:j1] = values[i0 - di : i1 - di, j0 - dj : j1 - dj]
    return part
