"""Distances to the nearest surface for planners (ESDF), kept up to date where the map changed."""

# Warp types `dtype` as float, and takes each of its own types.
# pyright: reportArgumentType=false
from __future__ import annotations

import numpy as np
import warp as wp

from ..poses import Array
from . import distance_kernels as kernels
from .tsdf import TsdfMap
from .voxel_hash import SIDE, VOXELS

_EDGE = 1e-6


class DistanceField:
    """Euclidean signed distances in a box of the map, on the map's voxels.

    Distances are to points of the surface between voxels, one beside each voxel that it touches, and off by
    half a voxel or so where these lie far apart. Space that was never seen counts as free, with the distance
    to what was seen.

    Args:
        tsdf: the map.
        lower, upper: corners of the box, m.
        most: distances above it are not told apart, m.
        least_weight: how often a voxel was seen to count.

    Raises:
        ValueError: a box without volume, or `most` not positive.
    """

    def __init__(
        self, tsdf: TsdfMap, lower: Array, upper: Array, most: float = 2.0, least_weight: float = 1.0
    ) -> None:
        self.tsdf, self.most, self._least_weight = tsdf, most, least_weight
        # A corner on the grid of voxels stays on it, whatever the last digit.
        self._low = np.floor(np.asarray(lower) / tsdf.voxel + _EDGE).astype(int)
        self._shape = np.ceil(np.asarray(upper) / tsdf.voxel - _EDGE).astype(int) - self._low
        if self._shape.min() < 1 or most <= 0:
            raise ValueError(
                f"A distance field from {lower} to {upper} m with distances up to {most:g} m cannot be; "
                "upper lies above lower, and the distance is positive."
            )
        self._frame = -1
        self._distance = wp.full(tuple(self._shape.tolist()), most, dtype=wp.float32, device=tsdf.device)

    @property
    def distance(self) -> np.ndarray:
        """(nx, ny, nz) float32, m; voxel (i, j, k) has its middle at `lower` + voxel (i + 1/2, ...)."""
        return self._distance.numpy()

    @property
    def lower(self) -> Array:
        """Corner of the box, m, on the voxels' grid."""
        return self._low * self.tsdf.voxel

    def update(self) -> int:
        """Bring up to date where the surface changed since the last call, and within `most` of that.

        Returns:
            How many voxels were computed anew.
        """
        changed, self._frame = self.tsdf.changed_since(self._frame)
        if not len(changed):
            return 0
        reach = int(np.ceil(self.most / self.tsdf.voxel)) + 1
        first = np.maximum(SIDE * changed.min(axis=0) - self._low - reach, 0)
        end = np.minimum(SIDE * (changed.max(axis=0) + 1) - self._low + reach, self._shape)
        if (end <= first).any():
            return 0
        # Sites that far beyond the part may be the nearest ones of its voxels, also beyond the box.
        low, high = (corner - self._low for corner in self.tsdf.bounds())
        window = (
            np.maximum(first - reach, np.minimum(first, low)),
            np.minimum(end + reach, np.maximum(end, high)),
        )
        self._compute(first, end, *window)
        return int(np.prod(end - first))

    def query(self, points: Array) -> tuple[Array, Array]:
        """Distances (n,) in m at points (n, 3), and their gradients (n, 3), between eight voxels.

        Outside the box the nearest value in it is taken. The gradient is the derivative of the interpolation.
        """
        scaled = np.asarray(points, float) / self.tsdf.voxel - self._low - 0.5
        low = np.clip(np.floor(scaled).astype(int), 0, np.maximum(self._shape - 2, 0))
        part = np.clip(scaled - low, 0, 1)
        field, values = self.distance, np.empty((len(low), 2, 2, 2))
        for corner in np.ndindex(2, 2, 2):
            i, j, k = np.minimum(low + corner, self._shape - 1).T
            values[(slice(None), *corner)] = field[i, j, k]
        weights = [np.stack([1 - part[:, axis], part[:, axis]], axis=-1) for axis in range(3)]
        slopes = np.broadcast_to([-1.0, 1.0], (len(low), 2)) / self.tsdf.voxel
        distance = np.einsum("nijk,ni,nj,nk->n", values, *weights)
        gradient = [
            np.einsum("nijk,ni,nj,nk->n", values, *(slopes if a == axis else weights[a] for a in range(3)))
            for axis in range(3)
        ]
        return distance, np.stack(gradient, axis=-1)

    def slice_at(self, height: float) -> np.ndarray:
        """(nx, ny) distances at a height in m.

        Raises:
            ValueError: the height is outside the box.
        """
        k = int(np.floor(height / self.tsdf.voxel)) - self._low[2]
        if not 0 <= k < self._shape[2]:
            raise ValueError(f"A slice at {height:g} m is outside the distance field.")
        return self.distance[:, :, k]

    def _compute(self, first: Array, end: Array, window_first: Array, window_end: Array) -> None:
        """Distances of voxels in [`first`, `end`) to the surface in [`window_first`, `window_end`)."""
        shape = tuple((window_end - window_first).tolist())
        with wp.ScopedDevice(self.tsdf.device):
            sdf = wp.full(shape, float(kernels.UNKNOWN), dtype=wp.float32)
            low = wp.vec3i(*(self._low + window_first).tolist())
            wp.launch(
                kernels.scatter,
                (self.tsdf.block_count, VOXELS),
                [self.tsdf.blocks, self._least_weight, low, sdf],
            )
            squared, nearest = wp.empty(shape, dtype=wp.float32), wp.empty(shape, dtype=wp.int32)
            offset = wp.empty(shape, dtype=wp.vec3)
            wp.launch(kernels.mark_sites, shape, [sdf, squared, nearest, offset])
            wp.launch(
                kernels.signed_distance,
                tuple((end - first).tolist()),
                [
                    _nearest_sites(squared, nearest),
                    offset,
                    sdf,
                    wp.vec3i(*(first - window_first).tolist()),
                    wp.vec3i(*first.tolist()),
                    self.tsdf.voxel,
                    self.most,
                    self._distance,
                ],
            )


def _nearest_sites(squared: wp.array, nearest: wp.array) -> wp.array:
    """Flat index of the site nearest to each voxel of a grid; both arrays are overwritten."""
    shape, size = squared.shape, squared.size
    now = squared.flatten(), nearest.flatten()
    then = wp.empty(size, dtype=wp.float32), wp.empty(size, dtype=wp.int32)
    stride = 1
    for length in reversed(shape):
        lines = size // length
        places = wp.empty((lines, length), dtype=wp.int32)
        edges = wp.empty((lines, length), dtype=wp.float32)
        wp.launch(kernels.transform_lines, lines, [*now, length, stride, places, edges, *then])
        now, then = then, now
        stride *= length
    return now[1].reshape(shape)
