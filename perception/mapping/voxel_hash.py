"""Blocks of 8 x 8 x 8 voxels found by a hash of where they are, as Warp functions."""

# Warp compiles these functions to C++; the operators and types it allows are not Python's, and a variable
# that a loop changes must start as `int(0)`, because `0` is a constant.
# pyright: reportArgumentType=false, reportCallIssue=false, reportGeneralTypeIssues=false
# pyright: reportIndexIssue=false, reportInvalidTypeForm=false, reportOperatorIssue=false
# pyright: reportReturnType=false
# ruff: noqa: RUF046, UP018
from __future__ import annotations

import warp as wp

SIDE = 8
VOXELS = SIDE**3
EMPTY = wp.constant(wp.int64(-1))
_SIDE = wp.constant(SIDE)
_HALF_RANGE = wp.constant(wp.int64(1 << 20))


@wp.struct
class Blocks:
    """All voxels of a map.

    Attributes:
        keys, block_of: open-addressing table, its size a power of 2: key of a slot, or EMPTY, and its block.
        coordinates: of each block, in blocks.
        sdf: (block, voxel) signed distance along the camera's ray in truncations, 1 is free, below 0 is
            inside.
        weight: (block, voxel), 0 if never seen.
        colour: (block, voxel) red + 256 green + 65536 blue.
        voxel, truncation: m.
    """

    keys: wp.array(dtype=wp.int64)
    block_of: wp.array(dtype=wp.int32)
    coordinates: wp.array(dtype=wp.vec3i)
    sdf: wp.array2d(dtype=wp.float32)
    weight: wp.array2d(dtype=wp.float32)
    colour: wp.array2d(dtype=wp.uint32)
    voxel: wp.float32
    truncation: wp.float32


@wp.func
def key_of(block: wp.vec3i) -> wp.int64:
    """Three coordinates of 21 bits each."""
    x = wp.int64(block[0]) + _HALF_RANGE
    y = wp.int64(block[1]) + _HALF_RANGE
    z = wp.int64(block[2]) + _HALF_RANGE
    return (x << wp.int64(42)) | (y << wp.int64(21)) | z


@wp.func
def first_slot(key: wp.int64, slots: int) -> int:
    """Where to look first; multiplies and folds, so that neighbours lie apart."""
    mixed = key * wp.int64(0x9E3779B97F4A7C1)
    mixed = mixed ^ (mixed >> wp.int64(29))
    return int(mixed & wp.int64(slots - 1))


@wp.func
def find_block(blocks: Blocks, at: wp.vec3i) -> int:
    """Index of the block at block coordinates, -1 if there is none."""
    key = key_of(at)
    slots = blocks.keys.shape[0]
    slot = first_slot(key, slots)
    for _ in range(slots):
        seen = blocks.keys[slot]
        if seen == key:
            return blocks.block_of[slot]
        if seen == EMPTY:
            return -1
        slot = (slot + 1) & (slots - 1)
    return -1


@wp.func
def claim_slot(blocks: Blocks, at: wp.vec3i, count: wp.array(dtype=wp.int32)) -> int:
    """Slot of the block at block coordinates, which is made if there is none; -1 if the table is full.

    Numbers of blocks come from `count`; one that is beyond what there is room for tells to grow and try
    again.
    """
    key = key_of(at)
    slots = blocks.keys.shape[0]
    slot = first_slot(key, slots)
    for _ in range(slots):
        seen = blocks.keys[slot]
        if seen == EMPTY:
            seen = wp.atomic_cas(blocks.keys, slot, EMPTY, key)
            if seen == EMPTY:
                block = wp.atomic_add(count, 0, 1)
                blocks.block_of[slot] = block
                if block < blocks.coordinates.shape[0]:
                    blocks.coordinates[block] = at
                return slot
        if seen == key:
            return slot
        slot = (slot + 1) & (slots - 1)
    return -1


@wp.func
def floor_div(a: int) -> int:
    """Block coordinate of a voxel coordinate, towards minus infinity."""
    if a >= 0:
        return a / _SIDE
    return -((-a + _SIDE - 1) / _SIDE)


@wp.func
def block_at(voxel: wp.vec3i) -> wp.vec3i:
    """Block coordinates of the voxel at voxel coordinates."""
    return wp.vec3i(floor_div(voxel[0]), floor_div(voxel[1]), floor_div(voxel[2]))


@wp.func
def index_in_block(voxel: wp.vec3i, block: wp.vec3i) -> int:
    """Number of a voxel in its block: x runs fastest."""
    local = voxel - _SIDE * block
    return (local[2] * _SIDE + local[1]) * _SIDE + local[0]


@wp.func
def block_of_point(blocks: Blocks, point: wp.vec3) -> wp.vec3i:
    """Block coordinates of a point in m."""
    scale = 1.0 / (blocks.voxel * float(_SIDE))
    return wp.vec3i(
        int(wp.floor(point[0] * scale)), int(wp.floor(point[1] * scale)), int(wp.floor(point[2] * scale))
    )


@wp.func
def colour_at(blocks: Blocks, point: wp.vec3, otherwise: wp.uint32) -> wp.uint32:
    """Red + 256 green + 65536 blue of the voxel around a point in m; `otherwise` where there is no block."""
    p = point / blocks.voxel
    voxel = wp.vec3i(int(wp.floor(p[0])), int(wp.floor(p[1])), int(wp.floor(p[2])))
    at = block_at(voxel)
    block = find_block(blocks, at)
    if block < 0:
        return otherwise
    return blocks.colour[block, index_in_block(voxel, at)]


@wp.func
def channel(colour: wp.uint32, index: int) -> wp.uint8:
    """Red, green or blue of a colour."""
    return wp.uint8((colour >> wp.uint32(8 * index)) & wp.uint32(255))


@wp.func
def voxel_centre(blocks: Blocks, voxel: wp.vec3i) -> wp.vec3:
    """Of the voxel at voxel coordinates, m."""
    return blocks.voxel * wp.vec3(float(voxel[0]) + 0.5, float(voxel[1]) + 0.5, float(voxel[2]) + 0.5)


@wp.func
def sdf_between(blocks: Blocks, point: wp.vec3, least_weight: float) -> wp.vec2:
    """(signed distance in truncations between eight voxels, 1), or (1, 0) where one of them is not known."""
    scaled = point / blocks.voxel - wp.vec3(0.5, 0.5, 0.5)
    low = wp.vec3i(int(wp.floor(scaled[0])), int(wp.floor(scaled[1])), int(wp.floor(scaled[2])))
    part = wp.vec3(scaled[0] - float(low[0]), scaled[1] - float(low[1]), scaled[2] - float(low[2]))
    total = float(0.0)
    last = wp.vec3i(1 << 30, 0, 0)
    block = int(-1)
    corners = int(8)  # a variable: Warp would write out a loop up to a constant, which compiles for long
    for corner in range(corners):
        step = wp.vec3i(corner & 1, (corner >> 1) & 1, (corner >> 2) & 1)
        voxel = low + step
        at = block_at(voxel)
        if at[0] != last[0] or at[1] != last[1] or at[2] != last[2]:
            block = find_block(blocks, at)
            last = at
        if block < 0:
            return wp.vec2(1.0, 0.0)
        index = index_in_block(voxel, at)
        if blocks.weight[block, index] < least_weight:
            return wp.vec2(1.0, 0.0)
        share = float(1.0)
        for axis in range(3):
            share = share * wp.where(step[axis] == 1, part[axis], 1.0 - part[axis])
        total = total + share * blocks.sdf[block, index]
    return wp.vec2(total, 1.0)
