"""Depth pictures into voxels, as Warp kernels: which blocks, then what their voxels saw."""

# See voxel_hash.py for what Warp does not take from Python.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportGeneralTypeIssues=false
# pyright: reportIndexIssue=false, reportInvalidTypeForm=false, reportOperatorIssue=false
# ruff: noqa: UP018
from __future__ import annotations

import warp as wp

from .view import View, ray_of
from .voxel_hash import (
    SIDE,
    Blocks,
    block_at,
    block_of_point,
    claim_slot,
    find_block,
    index_in_block,
    voxel_centre,
)

_SIDE = wp.constant(SIDE)
_SAMPLES = wp.constant(3)
# What is left of a voxel's weight when it sees the contrary of what it held.
_WEIGHT_AFTER_CONTRARY = wp.constant(2.0)


@wp.kernel(enable_backward=False)
def touch_blocks(
    depth: wp.array2d(dtype=wp.float32),
    stride: int,
    view: View,
    blocks: Blocks,
    frame: int,
    stamp: wp.array(dtype=wp.int32),
    count: wp.array(dtype=wp.int32),
    listed: wp.array(dtype=wp.int32),
    seen: wp.array(dtype=wp.int32),
):
    """List the slots of the blocks around what a pixel of every `stride` sees, making those that are missing.

    `count` holds the number of blocks and the length of the list, `seen` how many pixels had depth.
    """
    row, column = wp.tid()
    v, u = row * stride, column * stride
    z = depth[v, u]
    if not (z > view.near and z < view.far):
        return
    wp.atomic_add(seen, 0, 1)
    ray = ray_of(view, float(u), float(v))
    for k in range(_SAMPLES):
        at = z + blocks.truncation * (2.0 * float(k) / float(_SAMPLES - 1) - 1.0)
        slot = claim_slot(blocks, block_of_point(blocks, view.position + at * ray), count)
        if slot >= 0:  # noqa: SIM102 - Warp would evaluate both sides of an `and`
            if wp.atomic_exch(stamp, slot, frame) != frame:
                place = wp.atomic_add(count, 1, 1)
                if place < listed.shape[0]:
                    listed[place] = slot


@wp.kernel(enable_backward=False)
def list_visible(
    view: View,
    width: int,
    height: int,
    blocks: Blocks,
    count: wp.array(dtype=wp.int32),
    listed: wp.array(dtype=wp.int32),
):
    """List the blocks, by number, whose ball around the middle may be in the picture."""
    block = wp.tid()
    side = blocks.voxel * float(_SIDE)
    radius = 0.87 * side
    c = blocks.coordinates[block]
    middle = side * wp.vec3(float(c[0]) + 0.5, float(c[1]) + 0.5, float(c[2]) + 0.5)
    p = wp.transpose(view.rotation) * (middle - view.position)
    if p[2] < view.near - radius or p[2] > view.far + radius:
        return
    z = wp.max(p[2], 0.1)
    u, v = view.fx * p[0] / z + view.cx, view.fy * p[1] / z + view.cy
    margin_u, margin_v = view.fx * radius / z, view.fy * radius / z
    if u < -margin_u or u > float(width) + margin_u or v < -margin_v or v > float(height) + margin_v:
        return
    listed[wp.atomic_add(count, 1, 1)] = block


@wp.kernel(enable_backward=False)
def slots_to_blocks(blocks: Blocks, listed: wp.array(dtype=wp.int32)):
    """Turn a list of slots into one of blocks."""
    i = wp.tid()
    listed[i] = blocks.block_of[listed[i]]


@wp.func
def mixed_colour(old: wp.uint32, red: float, green: float, blue: float, share: float) -> wp.uint32:
    """`share` of a new colour and the rest of the old one."""
    r = float(old & wp.uint32(255))
    g = float((old >> wp.uint32(8)) & wp.uint32(255))
    b = float((old >> wp.uint32(16)) & wp.uint32(255))
    return (
        wp.uint32(r + share * (red - r) + 0.5)
        | (wp.uint32(g + share * (green - g) + 0.5) << wp.uint32(8))
        | (wp.uint32(b + share * (blue - b) + 0.5) << wp.uint32(16))
    )


@wp.kernel(enable_backward=False)
def integrate(
    depth: wp.array2d(dtype=wp.float32),
    sigma: wp.array2d(dtype=wp.float32),
    colour: wp.array3d(dtype=wp.uint8),
    view: View,
    blocks: Blocks,
    listed: wp.array(dtype=wp.int32),
    max_weight: float,
    frame: int,
    changed: wp.array(dtype=wp.int32),
):
    """Update the rows of eight voxels, along x, of the listed blocks by what their pixels see.

    `sigma` and `colour` may have no pixels. A voxel that meets the contrary, by more than a truncation,
    forgets most of its past: so a thing that left is cleared, and one that came appears, after two or three
    pictures. `changed` is the last frame in which a voxel of the block came to lie on the other side of the
    surface.
    """
    item, row = wp.tid()
    block = listed[item]
    c = blocks.coordinates[block]
    first = wp.vec3i(c[0] * _SIDE, c[1] * _SIDE + row % _SIDE, c[2] * _SIDE + row / _SIDE)
    turn = wp.transpose(view.rotation)
    start = turn * (voxel_centre(blocks, first) - view.position)
    step = blocks.voxel * wp.vec3(turn[0, 0], turn[1, 0], turn[2, 0])
    height, width = depth.shape[0], depth.shape[1]
    with_sigma, with_colour = sigma.shape[0] > 0, colour.shape[0] > 0
    for k in range(_SIDE):
        p = start + float(k) * step
        if p[2] > view.near:
            scale = 1.0 / p[2]
            u = int(wp.floor(view.fx * p[0] * scale + view.cx + 0.5))
            v = int(wp.floor(view.fy * p[1] * scale + view.cy + 0.5))
            if u >= 0 and v >= 0 and u < width and v < height:
                z = depth[v, u]
                ahead = z - p[2]
                if z > view.near and z < view.far and ahead > -blocks.truncation:
                    value = wp.min(ahead / blocks.truncation, 1.0)
                    gain = float(1.0)
                    if with_sigma:
                        ratio = 0.5 * blocks.voxel / wp.max(sigma[v, u], 1.0e-6)
                        gain = wp.clamp(ratio * ratio, 0.01, 1.0)
                    index = row * _SIDE + k
                    weight, old = float(blocks.weight[block, index]), float(blocks.sdf[block, index])
                    if wp.abs(value - old) > 1.0:
                        weight = wp.min(weight, _WEIGHT_AFTER_CONTRARY)
                    share = gain / (weight + gain)
                    new = old + share * (value - old)
                    if weight == 0.0 or (old < 0.0) != (new < 0.0):
                        changed[block] = frame
                    blocks.sdf[block, index] = new
                    blocks.weight[block, index] = wp.min(weight + gain, max_weight)
                    if with_colour and value < 1.0:
                        blocks.colour[block, index] = mixed_colour(
                            blocks.colour[block, index],
                            float(colour[v, u, 0]),
                            float(colour[v, u, 1]),
                            float(colour[v, u, 2]),
                            share,
                        )


@wp.kernel(enable_backward=False)
def decay(blocks: Blocks, factor: float, least: float, alive: wp.array(dtype=wp.int32)):
    """Multiply all weights, forget voxels below `least`, and count in `alive` what each block still knows."""
    block, index = wp.tid()
    weight = blocks.weight[block, index] * factor
    if weight < least:
        weight = 0.0
        blocks.sdf[block, index] = 0.0
    else:
        wp.atomic_add(alive, block, 1)
    blocks.weight[block, index] = weight


@wp.kernel(enable_backward=False)
def count_voxels(blocks: Blocks, least_weight: float, counts: wp.array(dtype=wp.int32)):
    """Count the voxels that are observed, free (outside the surface) and occupied (inside)."""
    block, index = wp.tid()
    if blocks.weight[block, index] >= least_weight:
        wp.atomic_add(counts, 0, 1)
        if blocks.sdf[block, index] > 0.0:
            wp.atomic_add(counts, 1, 1)
        else:
            wp.atomic_add(counts, 2, 1)


@wp.kernel(enable_backward=False)
def rebuild(blocks: Blocks, count: wp.array(dtype=wp.int32)):
    """Fill an empty table with the blocks there are."""
    block = wp.tid()
    at = blocks.coordinates[block]
    slot = claim_slot(blocks, at, count)
    blocks.block_of[slot] = block


@wp.kernel(enable_backward=False)
def sample(
    blocks: Blocks,
    voxels: wp.array(dtype=wp.vec3i),
    sdf: wp.array(dtype=wp.float32),
    weight: wp.array(dtype=wp.float32),
):
    """Signed distance in m and weight of voxels by their coordinates; 0 and 0 where there is no block."""
    i = wp.tid()
    voxel = voxels[i]
    at = block_at(voxel)
    block = find_block(blocks, at)
    if block >= 0:
        index = index_in_block(voxel, at)
        sdf[i] = blocks.sdf[block, index] * blocks.truncation
        weight[i] = blocks.weight[block, index]
