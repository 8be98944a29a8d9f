"""Pictures of the map by marching along rays, as a Warp kernel."""

# See voxel_hash.py for what Warp does not take from Python.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false, reportIndexIssue=false, reportInvalidTypeForm=false
# pyright: reportOperatorIssue=false
# ruff: noqa: RUF046, UP018
from __future__ import annotations

import warp as wp

from .view import View, ray_of
from .voxel_hash import SIDE, Blocks, block_of_point, channel, colour_at, find_block, sdf_between

_SIDE = wp.constant(SIDE)


@wp.func
def to_next_block(blocks: Blocks, start: wp.vec3, ray: wp.vec3, at: float) -> float:
    """How far along a ray the block that is there ends, and a little more."""
    point = start + at * ray
    block = block_of_point(blocks, point)
    side = blocks.voxel * float(_SIDE)
    least = float(1.0e9)
    for axis in range(3):
        if ray[axis] > 1.0e-9:
            least = wp.min(least, (side * float(block[axis] + 1) - point[axis]) / ray[axis])
        elif ray[axis] < -1.0e-9:
            least = wp.min(least, (side * float(block[axis]) - point[axis]) / ray[axis])
    return at + wp.max(least, 0.0) + 0.01 * blocks.voxel


@wp.func
def normal_at(blocks: Blocks, point: wp.vec3, least_weight: float) -> wp.vec3:
    """Towards the free side, from differences over a voxel; 0 where one of them is not known."""
    slope = wp.vec3(0.0, 0.0, 0.0)
    known = float(1.0)
    for axis in range(3):
        step = wp.vec3(0.0, 0.0, 0.0)
        step[axis] = 0.5 * blocks.voxel
        above = sdf_between(blocks, point + step, least_weight)
        below = sdf_between(blocks, point - step, least_weight)
        slope[axis] = above[0] - below[0]
        known = known * above[1] * below[1]
    return known * wp.normalize(slope)


@wp.kernel(enable_backward=False)
def render(
    view: View,
    blocks: Blocks,
    least_weight: float,
    depth: wp.array2d(dtype=wp.float32),
    normal: wp.array2d(dtype=wp.vec3),
    colour: wp.array3d(dtype=wp.uint8),
):
    """Depth, normal in the world and colour of the first surface that each pixel's ray meets from outside."""
    row, column = wp.tid()
    ray = ray_of(view, float(column), float(row))
    stretch = wp.length(ray)
    at, last_at, last_value = float(view.near), float(0.0), float(-1.0)
    found = int(0)
    while at < view.far and found == 0:
        point = view.position + at * ray
        if find_block(blocks, block_of_point(blocks, point)) < 0:
            at = to_next_block(blocks, view.position, ray, at)
            last_value = -1.0
        else:
            value = sdf_between(blocks, point, least_weight)
            if value[1] == 0.0:
                last_value = -1.0
                at = at + 0.5 * blocks.voxel / stretch
            else:
                if value[0] <= 0.0 and last_value > 0.0:
                    at = last_at + (at - last_at) * last_value / (last_value - value[0])
                    found = 1
                else:
                    last_value = value[0]
                    last_at = at
                    # Distances along rays are too long where a surface is seen aslant: go half as far.
                    at = at + wp.max(0.5 * value[0] * blocks.truncation, 0.5 * blocks.voxel) / stretch
    if found == 0:
        return
    depth[row, column] = at
    point = view.position + at * ray
    normal[row, column] = normal_at(blocks, point, least_weight)
    packed = colour_at(blocks, point, wp.uint32(0))
    for k in range(3):
        colour[row, column, k] = channel(packed, k)
