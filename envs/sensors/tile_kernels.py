"""Warp kernels that draw primitive geoms and meshes tile by tile; one code for CPU and CUDA.

A ray tracer asks for every pixel anew which of 30,000 geoms may be in its way. Here each geom says once
which rectangle of the picture it may cover and from which depth on; tiles then go through the geoms from near
to far and stop at the first that lies behind all they have seen. What a ray meets is computed exactly.
Camera frames are optical (x right, y down, z forward), so that a ray of z 1 measures depth.
"""

# Warp compiles these functions to C++; the operators and indices it allows are not Python's.
# pyright: reportIndexIssue=false, reportOperatorIssue=false, reportCallIssue=false
# pyright: reportArgumentType=false, reportAssignmentType=false, reportGeneralTypeIssues=false
# pyright: reportReturnType=false
from __future__ import annotations

import mujoco
import warp as wp

from .ray_kernels import BOX, MISS, hit_geom

TILE = wp.constant(32)
NEAR = wp.constant(0.02)  # m; nothing nearer is drawn
MESH = wp.constant(int(mujoco.mjtGeom.mjGEOM_MESH))
_RESCAN = wp.constant(8)  # geoms after which a tile looks again how far it has seen


@wp.struct
class Geoms:
    """What can be drawn, (n,) each: kind, half sizes, pose, box around it in its frame, and its mesh."""

    kind: wp.array[int]
    size: wp.array[wp.vec3]
    position: wp.array[wp.vec3]
    rotation: wp.array[wp.mat33]
    middle: wp.array[wp.vec3]
    half: wp.array[wp.vec3]
    mesh: wp.array[wp.uint64]


@wp.struct
class View:
    """A pinhole camera: `eye` in the world, `turn` from its optical frame to the world, intrinsics in px."""

    eye: wp.vec3
    turn: wp.mat33
    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    first_row: int
    end_row: int


@wp.struct
class Sight:
    """Geoms as one view has them, (n,) each.

    `eye` and `turn` are the camera's in the geom's frame, `bounds` the columns and rows it may cover (first,
    first, end, end), `near` its least depth in m; MISS if it is out of view.
    """

    eye: wp.array[wp.vec3]
    turn: wp.array[wp.mat33]
    bounds: wp.array[wp.vec4i]
    near: wp.array[float]


@wp.func
def _corner(k: int, half: wp.vec3) -> wp.vec3:
    return wp.vec3(
        wp.where((k & 1) != 0, half[0], -half[0]),
        wp.where((k & 2) != 0, half[1], -half[1]),
        wp.where((k & 4) != 0, half[2], -half[2]),
    )


@wp.func
def _grow(box: wp.vec4, p: wp.vec3, view: View) -> wp.vec4:
    u = view.fx * p[0] / p[2] + view.cx
    v = view.fy * p[1] / p[2] + view.cy
    return wp.vec4(wp.min(box[0], u), wp.min(box[1], v), wp.max(box[2], u), wp.max(box[3], v))


@wp.kernel(enable_backward=False)
def place(geoms: Geoms, view: View, sight: Sight):
    """Find out where in the picture each geom may be: the part of its box before the camera, projected."""
    g = wp.tid()
    to_geom = wp.transpose(geoms.rotation[g])
    eye = to_geom * (view.eye - geoms.position[g])
    turn = to_geom * view.turn
    from_geom = wp.transpose(turn)
    center = from_geom * (geoms.middle[g] - eye)
    half = geoms.half[g]
    sight.near[g] = MISS
    if center[2] + wp.length(half) < NEAR:
        return
    box = wp.vec4(MISS, MISS, -MISS, -MISS)
    near = float(MISS)
    for k in range(8):
        a = center + from_geom * _corner(k, half)
        if a[2] >= NEAR:
            box = _grow(box, a, view)
            near = wp.min(near, a[2])
        for axis in range(3):
            other = k ^ (1 << axis)
            b = center + from_geom * _corner(other, half)
            if other > k and (a[2] < NEAR) != (b[2] < NEAR):
                box = _grow(box, a + (b - a) * ((NEAR - a[2]) / (b[2] - a[2])), view)
                near = NEAR
    # Limits before rounding: what is close to the eye's plane projects beyond what an int holds.
    first_column = int(wp.floor(wp.clamp(box[0], 0.0, float(view.width))))
    first_row = int(wp.floor(wp.clamp(box[1], float(view.first_row), float(view.end_row))))
    end_column = int(wp.ceil(wp.clamp(box[2], -1.0, float(view.width - 1)))) + 1
    end_row = int(wp.ceil(wp.clamp(box[3], float(view.first_row - 1), float(view.end_row - 1)))) + 1
    if first_column >= end_column or first_row >= end_row:
        return
    sight.near[g] = near
    sight.bounds[g] = wp.vec4i(first_column, first_row, end_column, end_row)
    sight.eye[g] = eye
    sight.turn[g] = turn


@wp.func
def _meet_box(low: wp.vec3, high: wp.vec3, ray: wp.vec3) -> float:
    """As `hit_geom` of a box with the corners `low` and `high` from the eye, without branches."""
    a = wp.cw_div(low, ray)
    b = wp.cw_div(high, ray)
    enter = wp.max(wp.max(wp.min(a[0], b[0]), wp.min(a[1], b[1])), wp.min(a[2], b[2]))
    leave = wp.min(wp.min(wp.max(a[0], b[0]), wp.max(a[1], b[1])), wp.max(a[2], b[2]))
    t = wp.where(enter >= 0.0, enter, leave)
    return wp.where(enter <= leave and leave >= 0.0, t, MISS)


@wp.func
def _meet(geoms: Geoms, g: int, eye: wp.vec3, ray: wp.vec3) -> float:
    if geoms.kind[g] == MESH:
        hit = wp.mesh_query_ray(geoms.mesh[g], eye, ray, MISS)
        return wp.where(hit.result, hit.t, MISS)
    return hit_geom(geoms.kind[g], geoms.size[g], eye, ray)


@wp.kernel(enable_backward=False)
def trace(
    geoms: Geoms,
    view: View,
    sight: Sight,
    order: wp.array[int],
    tiles_per_row: int,
    depth: wp.array2d[float],
    seen: wp.array2d[int],
):
    """Depth in m along the optical axis (0: nothing) and geom (-1: none) of one tile's pixels.

    `order` lists the geoms in view from near to far.
    """
    tile = wp.tid()
    left = (tile % tiles_per_row) * TILE
    top = view.first_row + (tile // tiles_per_row) * TILE
    right, bottom = wp.min(left + TILE, view.width), wp.min(top + TILE, view.end_row)
    for row in range(top, bottom):
        for column in range(left, right):
            depth[row, column] = MISS
            seen[row, column] = -1
    farthest = float(MISS)
    drawn = int(0)  # noqa: RUF046, UP018 - a variable to Warp, where `0` is a constant
    for k in range(order.shape[0]):
        g = order[k]
        if sight.near[g] > farthest:
            break
        bounds = sight.bounds[g]
        x0, x1 = wp.max(bounds[0], left), wp.min(bounds[2], right)
        y0, y1 = wp.max(bounds[1], top), wp.min(bounds[3], bottom)
        if x0 < x1 and y0 < y1:
            eye = sight.eye[g]
            turn = sight.turn[g]
            is_box = geoms.kind[g] == BOX
            low, high = -geoms.size[g] - eye, geoms.size[g] - eye
            for row in range(y0, y1):
                # The row's ray at the picture's left border, and what a column adds to it.
                v = (float(row) - view.cy) / view.fy
                start = turn * wp.vec3(-view.cx / view.fx, v, 1.0)
                step = wp.vec3(turn[0, 0], turn[1, 0], turn[2, 0]) / view.fx
                for column in range(x0, x1):
                    ray = start + float(column) * step
                    t = _meet_box(low, high, ray)
                    if not is_box:
                        t = _meet(geoms, g, eye, ray)
                    if t < depth[row, column] and t >= NEAR:
                        depth[row, column] = t
                        seen[row, column] = g
            drawn += 1
            if drawn % _RESCAN == 0:
                farthest = depth[top, left]
                for row in range(top, bottom):
                    for column in range(left, right):
                        farthest = wp.max(farthest, depth[row, column])
    for row in range(top, bottom):
        for column in range(left, right):
            if seen[row, column] < 0:
                depth[row, column] = 0.0
