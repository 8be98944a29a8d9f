"""Distances to the nearest surface on a dense grid, as Warp kernels.

The nearest voxel of the surface comes from one pass along each axis, the lower envelope of parabolas
(Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", 2012). It carries the point of the
surface that is nearest to its middle, so that distances are not rounded to voxels.
"""

# See voxel_hash.py for what Warp does not take from Python.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false
# pyright: reportIndexIssue=false, reportInvalidTypeForm=false, reportOperatorIssue=false
# ruff: noqa: RUF046, UP018
from __future__ import annotations

import warp as wp

from .voxel_hash import SIDE, Blocks

_SIDE = wp.constant(SIDE)
UNKNOWN = wp.constant(1.0e9)
FAR = wp.constant(1.0e12)
NONE = wp.constant(-1)


@wp.kernel(enable_backward=False)
def scatter(blocks: Blocks, least_weight: float, low: wp.vec3i, sdf: wp.array3d(dtype=wp.float32)):
    """Signed distance of the observed voxels into a dense grid whose first voxel is `low`."""
    block, index = wp.tid()
    c = blocks.coordinates[block]
    x = _SIDE * c[0] + index % _SIDE - low[0]
    y = _SIDE * c[1] + (index / _SIDE) % _SIDE - low[1]
    z = _SIDE * c[2] + index / (_SIDE * _SIDE) - low[2]
    if x < 0 or y < 0 or z < 0 or x >= sdf.shape[0] or y >= sdf.shape[1] or z >= sdf.shape[2]:
        return
    if blocks.weight[block, index] >= least_weight:
        sdf[x, y, z] = blocks.sdf[block, index]


@wp.func
def crossing(value: float, sdf: wp.array3d(dtype=wp.float32), at: wp.vec3i) -> float:
    """Part of the way, up to a half, to the surface between a voxel of `value` and its neighbour `at`.

    1 if there is no surface between them, or if it is nearer to the neighbour.
    """
    for axis in range(3):
        if at[axis] < 0 or at[axis] >= sdf.shape[axis]:
            return 1.0
    other = sdf[at[0], at[1], at[2]]
    if other == UNKNOWN or (other < 0.0) == (value < 0.0) or wp.abs(value) > wp.abs(other):
        return 1.0
    return value / (value - other)


@wp.kernel(enable_backward=False)
def mark_sites(
    sdf: wp.array3d(dtype=wp.float32),
    squared: wp.array3d(dtype=wp.float32),
    nearest: wp.array3d(dtype=wp.int32),
    offset: wp.array3d(dtype=wp.vec3),
):
    """Find the voxels nearest to the surface (sites), and the point of the surface that is nearest to each.

    The point is that of the plane through the crossings on the voxel's axes. `squared` becomes 0 at sites and
    FAR at others, `nearest` the flat index of a site and NONE, `offset` the way from a site's middle, voxels.
    """
    x, y, z = wp.tid()
    value = sdf[x, y, z]
    squared[x, y, z] = FAR
    nearest[x, y, z] = NONE
    if value == UNKNOWN:
        return
    # The plane n p = 1 meets the axes at 1 / n, and is nearest to 0 at n / n^2.
    normal = wp.vec3(0.0, 0.0, 0.0)
    found = int(0)
    for axis in range(3):
        step = wp.vec3i(0, 0, 0)
        step[axis] = 1
        at = wp.vec3i(x, y, z)
        after, before = crossing(value, sdf, at + step), crossing(value, sdf, at - step)
        if wp.min(after, before) < 1.0:
            found = 1
            normal[axis] = 1.0 / wp.max(wp.min(after, before), 1.0e-3)
            if before < after:
                normal[axis] = -normal[axis]
    if found == 1:
        squared[x, y, z] = 0.0
        nearest[x, y, z] = (x * sdf.shape[1] + y) * sdf.shape[2] + z
        offset[x, y, z] = normal / wp.dot(normal, normal)


@wp.kernel(enable_backward=False)
def transform_lines(
    squared: wp.array(dtype=wp.float32),
    nearest: wp.array(dtype=wp.int32),
    length: int,
    stride: int,
    places: wp.array2d(dtype=wp.int32),
    edges: wp.array2d(dtype=wp.float32),
    squared_after: wp.array(dtype=wp.float32),
    nearest_after: wp.array(dtype=wp.int32),
):
    """Lower envelope of the parabolas along one axis, one thread a line, and the site below each point of it.

    Points of a line are `stride` apart; as many lines lie side by side.
    """
    line = wp.tid()
    start = (line / stride) * stride * length + line % stride
    last = int(-1)
    for q in range(length):
        height = squared[start + q * stride]
        if height < FAR:
            meets = float(-FAR)
            looking = int(1)
            while looking == 1:
                if last < 0:
                    looking = 0
                else:
                    p = places[line, last]
                    lower = squared[start + p * stride]
                    meets = (height + float(q * q) - lower - float(p * p)) / float(2 * (q - p))
                    if meets <= edges[line, last]:
                        last = last - 1
                        meets = float(-FAR)
                    else:
                        looking = 0
            last = last + 1
            places[line, last] = q
            edges[line, last] = meets
    k = int(0)
    for q in range(length):
        at = start + q * stride
        squared_after[at] = FAR
        nearest_after[at] = NONE
        if last >= 0:
            while k < last and edges[line, k + 1] < float(q):
                k = k + 1
            gap = float(q - places[line, k])
            below = start + places[line, k] * stride
            squared_after[at] = gap * gap + squared[below]
            nearest_after[at] = nearest[below]


@wp.func
def distance_to_site(site: int, offset: wp.array3d(dtype=wp.vec3), voxel: wp.vec3i) -> float:
    """From the middle of a voxel to the surface's point beside a site, given by its flat index, in voxels."""
    height, depth = offset.shape[1], offset.shape[2]
    x, y, z = site / (height * depth), (site / depth) % height, site % depth
    way = wp.vec3(float(x - voxel[0]), float(y - voxel[1]), float(z - voxel[2]))
    return wp.length(way + offset[x, y, z])


@wp.kernel(enable_backward=False)
def signed_distance(
    nearest: wp.array3d(dtype=wp.int32),
    offset: wp.array3d(dtype=wp.vec3),
    sdf: wp.array3d(dtype=wp.float32),
    skip: wp.vec3i,
    place: wp.vec3i,
    voxel: float,
    most: float,
    distance: wp.array3d(dtype=wp.float32),
):
    """Distance in m, at most `most`, negative inside; of the part from `skip` on, to `place` in the field.

    The site whose middle is nearest need not have the nearest point: those of its neighbours are tried.
    """
    x, y, z = wp.tid()
    at = wp.vec3i(x, y, z) + skip
    least = most / voxel
    site = nearest[at[0], at[1], at[2]]
    if site != NONE:
        least = wp.min(least, distance_to_site(site, offset, at))
        for axis in range(3):
            for side in range(2):
                other = at
                other[axis] = wp.clamp(at[axis] + 2 * side - 1, 0, nearest.shape[axis] - 1)
                near = nearest[other[0], other[1], other[2]]
                if near != site:
                    least = wp.min(least, distance_to_site(near, offset, at))
    value = voxel * least
    if sdf[at[0], at[1], at[2]] < 0.0:
        value = -value
    distance[x + place[0], y + place[1], z + place[2]] = value
