"""Warp kernel of the gap between a hull's rectangle and upright boxes and cylinders, seen from above."""

# Warp compiles these functions to C++; the operators and indices it allows are not Python's.
# pyright: reportIndexIssue=false, reportOperatorIssue=false, reportCallIssue=false
# pyright: reportArgumentType=false, reportAssignmentType=false, reportGeneralTypeIssues=false
# pyright: reportReturnType=false
from __future__ import annotations

import warp as wp

from .ray_kernels import BOX

FAR = wp.constant(100.0)


@wp.func
def _column(rotation: wp.mat33, index: int) -> wp.vec2:
    return wp.vec2(rotation[0, index], rotation[1, index])


@wp.func
def _gap_along(axis: wp.vec2, offset: wp.vec2, half: float, other: wp.vec2, x: wp.vec2, y: wp.vec2) -> float:
    """Gap along `axis`, on which one rectangle is `half` long; the other is `other` along x and y."""
    reach = other[0] * wp.abs(wp.dot(x, axis)) + other[1] * wp.abs(wp.dot(y, axis))
    return wp.abs(wp.dot(offset, axis)) - half - reach


@wp.func
def _gap_to_box(
    offset: wp.vec2, half: wp.vec2, x: wp.vec2, y: wp.vec2, other: wp.vec2, p: wp.vec2, q: wp.vec2
) -> float:
    own = wp.max(_gap_along(x, offset, half[0], other, p, q), _gap_along(y, offset, half[1], other, p, q))
    its = wp.max(_gap_along(p, offset, other[0], half, x, y), _gap_along(q, offset, other[1], half, x, y))
    return wp.max(own, its)


@wp.func
def _gap_to_circle(offset: wp.vec2, half: wp.vec2, x: wp.vec2, y: wp.vec2, radius: float) -> float:
    u, v = wp.abs(wp.dot(offset, x)) - half[0], wp.abs(wp.dot(offset, y)) - half[1]
    outside = wp.length(wp.vec2(wp.max(u, 0.0), wp.max(v, 0.0)))
    return outside + wp.min(wp.max(u, v), 0.0) - radius


@wp.kernel(enable_backward=False)
def clearance(
    kinds: wp.array[int],
    sizes: wp.array[wp.vec3],
    positions: wp.array2d[wp.vec3],
    rotations: wp.array2d[wp.mat33],
    gaps: wp.array[float],
):
    """Smallest gap between geom 0, the hull, and any other."""
    world = wp.tid()
    size, position, rotation = sizes[0], positions[world, 0], rotations[world, 0]
    half, x, y = wp.vec2(size[0], size[1]), _column(rotation, 0), _column(rotation, 1)
    nearest = float(FAR)
    for geom in range(1, kinds.shape[0]):
        other, its_rotation, its_size = positions[world, geom], rotations[world, geom], sizes[geom]
        is_box = kinds[geom] == BOX
        offset = wp.vec2(other[0] - position[0], other[1] - position[1])
        if wp.abs(other[2] - position[2]) > size[2] + wp.where(is_box, its_size[2], its_size[1]):
            continue  # below the floor, or passed under
        gap = _gap_to_circle(offset, half, x, y, its_size[0])
        if is_box:
            p, q = _column(its_rotation, 0), _column(its_rotation, 1)
            gap = _gap_to_box(offset, half, x, y, wp.vec2(its_size[0], its_size[1]), p, q)
        nearest = wp.min(nearest, gap)
    gaps[world] = nearest
