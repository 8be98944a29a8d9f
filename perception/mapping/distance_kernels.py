"""Distances to the nearest surface on a dense grid, as Warp kernels.

Squared distances come from one pass along each axis, the lower envelope of parabolas (Felzenszwalb and
Huttenlocher, "Distance Transforms of Sampled Functions", 2012).
"""

# See voxel_hash.py for what Warp does not take from Python.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportGeneralTypeIssues=false
# pyright: reportIndexIssue=false, reportInvalidTypeForm=false, reportOperatorIssue=false
# ruff: noqa: RUF046, UP018
from __future__ import annotations

import warp as wp

from .voxel_hash import SIDE, Blocks

_SIDE = wp.constant(SIDE)
UNKNOWN = wp.constant(1.0e9)
FAR = wp.constant(1.0e12)


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
def crosses(value: float, sdf: wp.array3d(dtype=wp.float32), x: int, y: int, z: int) -> bool:
    """Whether the surface lies between a voxel and this neighbour, and not nearer to the neighbour."""
    if x < 0 or y < 0 or z < 0 or x >= sdf.shape[0] or y >= sdf.shape[1] or z >= sdf.shape[2]:
        return False
    other = sdf[x, y, z]
    return other != UNKNOWN and (other < 0.0) != (value < 0.0) and wp.abs(value) <= wp.abs(other)


@wp.kernel(enable_backward=False)
def mark_sites(sdf: wp.array3d(dtype=wp.float32), squared: wp.array3d(dtype=wp.float32)):
    """0 at the voxels nearest to the surface, FAR at the others."""
    x, y, z = wp.tid()
    value = sdf[x, y, z]
    result = float(FAR)
    if value != UNKNOWN and (
        crosses(value, sdf, x - 1, y, z)
        or crosses(value, sdf, x + 1, y, z)
        or crosses(value, sdf, x, y - 1, z)
        or crosses(value, sdf, x, y + 1, z)
        or crosses(value, sdf, x, y, z - 1)
        or crosses(value, sdf, x, y, z + 1)
    ):
        result = 0.0
    squared[x, y, z] = result


@wp.kernel(enable_backward=False)
def transform_lines(
    before: wp.array(dtype=wp.float32),
    length: int,
    stride: int,
    places: wp.array2d(dtype=wp.int32),
    edges: wp.array2d(dtype=wp.float32),
    after: wp.array(dtype=wp.float32),
):
    """Lower envelope of the parabolas along one axis, one thread a line.

    Points of a line are `stride` apart; as many lines lie side by side.
    """
    line = wp.tid()
    start = (line / stride) * stride * length + line % stride
    last = int(-1)
    for q in range(length):
        height = before[start + q * stride]
        if height < FAR:
            meets = float(-FAR)
            looking = int(1)
            while looking == 1:
                if last < 0:
                    looking = 0
                else:
                    p = places[line, last]
                    lower = before[start + p * stride]
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
        result = float(FAR)
        if last >= 0:
            while k < last and edges[line, k + 1] < float(q):
                k = k + 1
            gap = float(q - places[line, k])
            result = gap * gap + before[start + places[line, k] * stride]
        after[start + q * stride] = result


@wp.kernel(enable_backward=False)
def signed_distance(
    squared: wp.array3d(dtype=wp.float32),
    sdf: wp.array3d(dtype=wp.float32),
    skip: wp.vec3i,
    place: wp.vec3i,
    voxel: float,
    most: float,
    distance: wp.array3d(dtype=wp.float32),
):
    """Distance in m, at most `most`, negative inside; of the part from `skip` on, to `place` in the field."""
    x, y, z = wp.tid()
    i, j, k = x + skip[0], y + skip[1], z + skip[2]
    value = wp.min(voxel * wp.sqrt(squared[i, j, k]), most)
    if sdf[i, j, k] < 0.0:
        value = -value
    distance[x + place[0], y + place[1], z + place[2]] = value
