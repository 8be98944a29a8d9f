"""Free, occupied and unknown floor from depth pictures."""

# Warp types `dtype` as float, and takes each of its own types.
# pyright: reportArgumentType=false
from __future__ import annotations

import numpy as np
import warp as wp

from ..camera import Camera
from ..poses import Array
from ..warp_setup import start_warp
from . import occupancy_kernels as kernels
from .tsdf import TsdfMap
from .view import view_of
from .voxel_hash import VOXELS

# Rays lie close beside each other, so that they leave no gaps on the floor, and less so above each other.
_RAYS_PER_ROW, _ROWS_APART = 320, 12
# A single voxel that hangs in the air is a wrong depth, most of the time.
_LEAST_VOXELS = 2
# Log-odds of one picture, and their limits: some six pictures turn a cell over (Hornung et al., OctoMap,
# 2013).
_HIT, _FREE = 0.85, -0.4
_LOWEST, _HIGHEST = -2.0, 3.5
_OCCUPIED, _CLEARED = 0.85, -0.4
_GROW = 64


class OccupancyGrid:
    """Log-odds that something stands in a cell of the floor, between two heights.

    Rays that cross a cell free it, so what left is cleared and what came appears after a few pictures. Rays
    that pass over or under a thing free its cells, too: `add_surface` marks what a TSDF map knows to stand
    there.

    Args:
        cell: edge, m.
        bottom, top: heights in the world between which a thing is an obstacle, m.
        near, far: depths in m; a ray that sees nothing nearer than `far` frees the way up to there.
        device: of Warp.

    Raises:
        ValueError: a cell without size, or heights that do not rise.
    """

    def __init__(
        self,
        cell: float = 0.05,
        bottom: float = 0.1,
        top: float = 1.8,
        near: float = 0.1,
        far: float = 8.0,
        device: str = "cpu",
    ) -> None:
        if not (cell > 0 and bottom < top and 0 < near < far):
            raise ValueError(
                f"Cells of {cell:g} m between heights of {bottom:g} and {top:g} m, seen from {near:g} to "
                f"{far:g} m, cannot be; the second of each pair is larger."
            )
        start_warp()
        self.cell, self.bottom, self.top, self.near, self.far = cell, bottom, top, near, far
        self._device = device
        self._reach = int(np.ceil(far / cell)) + 1  # cells on each side of a camera that it may see
        self._low = np.zeros(2, int)
        self._log_odds = np.zeros((0, 0), np.float32)
        self._surface = np.zeros((0, 0), bool)

    @property
    def origin(self) -> tuple[float, float]:
        """World position of the corner of cell (0, 0), m."""
        return float(self._low[0] * self.cell), float(self._low[1] * self.cell)

    @property
    def log_odds(self) -> np.ndarray:
        """(nx, ny) float32; 0 is unknown."""
        return self._log_odds

    @property
    def is_occupied(self) -> np.ndarray:
        """(nx, ny) bool."""
        occupied = self._log_odds >= _OCCUPIED
        return occupied | self._surface if self._surface.shape == occupied.shape else occupied

    @property
    def is_free(self) -> np.ndarray:
        """(nx, ny) bool."""
        return (self._log_odds <= _CLEARED) & ~self.is_occupied

    def integrate(self, depth: np.ndarray, camera: Camera, world_from_camera: Array) -> None:
        """Add a depth picture (height, width) in m, as `TsdfMap.integrate` takes it."""
        camera.check_picture(depth, "The depth picture")
        self._cover(world_from_camera[:2, 3])
        low = self._part_around(world_from_camera[:2, 3])
        beside = max(1, camera.width // _RAYS_PER_ROW)
        stride = (_ROWS_APART * beside, beside)
        grid = tuple(-(-size // step) for size, step in zip(depth.shape, stride, strict=True))
        side = 2 * self._reach
        seen = wp.zeros((side, side), dtype=wp.int32, device=self._device)
        wp.launch(
            kernels.mark_cells,
            grid,
            [
                wp.array(np.ascontiguousarray(depth, np.float32), dtype=wp.float32, device=self._device),
                wp.vec2i(*stride),
                view_of(camera, world_from_camera, self.near, self.far),
                wp.vec2i(*low.tolist()),
                self.cell,
                self.bottom,
                self.top,
                seen,
            ],
            device=self._device,
        )
        marks = seen.numpy()
        change = np.where(marks == kernels.HIT, _HIT, np.where(marks == kernels.FREE, _FREE, 0))
        x, y = low - self._low
        part = self._log_odds[x : x + side, y : y + side]
        np.clip(part + change, _LOWEST, _HIGHEST, out=part)

    def add_surface(self, tsdf: TsdfMap, least_weight: float = 1.0) -> None:
        """Count as occupied, from now on, cells in which the map holds something between the heights now."""
        standing = wp.zeros(self._log_odds.shape, dtype=wp.int32, device=self._device)
        if tsdf.block_count and standing.size:
            low = wp.vec2i(*self._low.tolist())
            wp.launch(
                kernels.mark_surface,
                (tsdf.block_count, VOXELS),
                [tsdf.blocks, least_weight, low, self.cell, self.bottom, self.top, standing],
                device=self._device,
            )
        self._surface = standing.numpy() >= _LEAST_VOXELS

    def _part_around(self, position: Array) -> np.ndarray:
        return np.floor(position / self.cell).astype(int) - self._reach

    def _cover(self, position: Array) -> None:
        """Grow the grid to hold all that may be seen from a position."""
        first = self._part_around(position)
        end = first + 2 * self._reach
        shape = np.array(self._log_odds.shape)
        if not shape.any():
            self._low, self._log_odds = first, np.zeros(end - first, np.float32)
            return
        before = np.maximum(self._low - first, 0)
        after = np.maximum(end - (self._low + shape), 0)
        if before.any() or after.any():
            before, after = (-(-n // _GROW) * _GROW for n in (before, after))
            margins = list(zip(before, after, strict=True))
            self._log_odds = np.pad(self._log_odds, margins)
            if self._surface.size:
                self._surface = np.pad(self._surface, margins)
            self._low = self._low - before
