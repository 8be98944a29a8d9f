"""Cells that the surface crosses, and colours of points, as Warp kernels."""

# See voxel_hash.py for what Warp does not take from Python.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportGeneralTypeIssues=false
# pyright: reportIndexIssue=false, reportInvalidTypeForm=false, reportOperatorIssue=false
# ruff: noqa: RUF046, UP018
from __future__ import annotations

import warp as wp

from .voxel_hash import SIDE, VOXELS, Blocks, channel, colour_at, find_block

_SIDE = wp.constant(SIDE)
_VOXELS = wp.constant(VOXELS)
_Eight = wp.types.vector(length=8, dtype=wp.int32)


@wp.func
def corner_value(blocks: Blocks, around: _Eight, c: wp.vec3i, least_weight: float) -> wp.vec2:
    """(signed distance, 1) of a corner up to one voxel beyond a block; (0, 0) if it was not observed.

    `around` are the block and its seven neighbours towards +x, +y, +z.
    """
    which = (c[0] / _SIDE) + 2 * (c[1] / _SIDE) + 4 * (c[2] / _SIDE)
    block = around[which]
    if block < 0:
        return wp.vec2(0.0, 0.0)
    index = ((c[2] % _SIDE) * _SIDE + c[1] % _SIDE) * _SIDE + c[0] % _SIDE
    if blocks.weight[block, index] < least_weight:
        return wp.vec2(0.0, 0.0)
    return wp.vec2(blocks.sdf[block, index], 1.0)


@wp.kernel(enable_backward=False)
def crossed_cells(
    blocks: Blocks,
    offsets: wp.array(dtype=wp.vec3i),
    least_weight: float,
    count: wp.array(dtype=wp.int32),
    cells: wp.array(dtype=wp.vec3i),
    values: wp.array2d(dtype=wp.float32),
):
    """Append the cells between eight observed voxels of which some are inside and some outside.

    With no room in `cells` it only counts.
    """
    block = wp.tid()
    base = blocks.coordinates[block]
    around = _Eight()
    for k in range(8):
        around[k] = find_block(blocks, base + wp.vec3i(k & 1, (k >> 1) & 1, (k >> 2) & 1))
    room = cells.shape[0]
    for cell in range(_VOXELS):
        corner = wp.vec3i(cell % _SIDE, (cell / _SIDE) % _SIDE, cell / (_SIDE * _SIDE))
        inside, known = int(0), int(1)
        for k in range(8):
            if known == 1:
                found = corner_value(blocks, around, corner + offsets[k], least_weight)
                if found[1] == 0.0:
                    known = 0
                elif found[0] < 0.0:
                    inside = inside + 1
        if known == 1 and inside > 0 and inside < 8:
            place = wp.atomic_add(count, 0, 1)
            if place < room:
                cells[place] = _SIDE * base + corner
                for k in range(8):
                    found = corner_value(blocks, around, corner + offsets[k], least_weight)
                    values[place, k] = found[0]


@wp.kernel(enable_backward=False)
def point_colours(blocks: Blocks, points: wp.array(dtype=wp.vec3), colours: wp.array2d(dtype=wp.uint8)):
    """Colour of the voxel at each point, m; grey where there is none."""
    i = wp.tid()
    colour = colour_at(blocks, points[i], wp.uint32(0x808080))
    for k in range(3):
        colours[i, k] = channel(colour, k)
