"""Which cells of the floor depth pictures found free, as a Warp kernel."""

# See voxel_hash.py for what Warp does not take from Python.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportGeneralTypeIssues=false
# pyright: reportIndexIssue=false, reportInvalidTypeForm=false, reportOperatorIssue=false
from __future__ import annotations

import warp as wp

from .view import View, ray_of
from .voxel_hash import SIDE, Blocks

_SIDE = wp.constant(SIDE)
FREE, HIT = wp.constant(1), wp.constant(2)


@wp.kernel(enable_backward=False)
def mark_cells(
    depth: wp.array2d(dtype=wp.float32),
    stride: wp.vec2i,
    view: View,
    low: wp.vec2i,
    cell: float,
    bottom: float,
    top: float,
    seen: wp.array2d(dtype=wp.int32),
):
    """Mark the cells that rays cross between the heights as FREE, and those where they end there as HIT.

    `low` is the first cell's coordinate in cells.
    """
    row, column = wp.tid()
    v, u = row * stride[0], column * stride[1]
    z = depth[v, u]
    if not (z > view.near):
        return
    reach = wp.min(z, view.far)
    ray = ray_of(view, float(u), float(v))
    flat = wp.sqrt(ray[0] * ray[0] + ray[1] * ray[1])
    end = view.position + reach * ray
    hits = z < view.far and end[2] > bottom and end[2] < top
    open_part = 1.0
    if hits:  # the last cells may be those of the thing itself, seen aslant
        open_part = wp.max(1.0 - 1.5 * cell / wp.max(reach * flat, 1.0e-6), 0.0)
    steps = int(reach * flat / (0.7 * cell)) + 1
    for k in range(steps + 1):
        p = view.position + (open_part * reach * float(k) / float(steps)) * ray
        if p[2] < top and p[2] > bottom:
            x = int(wp.floor(p[0] / cell)) - low[0]
            y = int(wp.floor(p[1] / cell)) - low[1]
            if x >= 0 and y >= 0 and x < seen.shape[0] and y < seen.shape[1]:
                wp.atomic_max(seen, x, y, FREE)
    if hits:
        x = int(wp.floor(end[0] / cell)) - low[0]
        y = int(wp.floor(end[1] / cell)) - low[1]
        if x >= 0 and y >= 0 and x < seen.shape[0] and y < seen.shape[1]:
            wp.atomic_max(seen, x, y, HIT)


@wp.kernel(enable_backward=False)
def mark_surface(
    blocks: Blocks,
    least_weight: float,
    low: wp.vec2i,
    cell: float,
    bottom: float,
    top: float,
    standing: wp.array2d(dtype=wp.int32),
):
    """Count the voxels above each cell, between the heights, that lie inside a surface."""
    block, index = wp.tid()
    if blocks.weight[block, index] < least_weight or blocks.sdf[block, index] > 0.0:
        return
    c = blocks.coordinates[block]
    z = blocks.voxel * (float(_SIDE * c[2] + index / (_SIDE * _SIDE)) + 0.5)
    if z < bottom or z > top:
        return
    x = blocks.voxel * (float(_SIDE * c[0] + index % _SIDE) + 0.5)
    y = blocks.voxel * (float(_SIDE * c[1] + (index / _SIDE) % _SIDE) + 0.5)
    i, j = int(wp.floor(x / cell)) - low[0], int(wp.floor(y / cell)) - low[1]
    if i >= 0 and j >= 0 and i < standing.shape[0] and j < standing.shape[1]:
        wp.atomic_add(standing, i, j, 1)
