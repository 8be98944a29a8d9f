"""Point clouds as obstacles: balls so large that no robot slips between the points of a surface.

How far a place of the surface is from its nearest point is taken to be at most the distance between points
nearby and their eighth neighbours. On a square lattice, as of a camera, that is twice as much as needed;
points drawn at random leave holes that need it.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from ..errors import WorldError
from ..kinematics.lanes import BORROWED
from .obstacles import Cloud, DistanceGrid

_NEIGHBOUR = 8
_MOST_NODES = 20_000_000


def cloud_of(points: ArrayLike, voxel: float, most: float = 0.05) -> Cloud:
    """Balls that cover all points, and the surface between them: one for each voxel that holds a point.

    Its centre is the mean of the points there. Its radius is how far they are from it, and on top a bound on
    the gaps of the surface, from the distances between points nearby.

    Args:
        points: (n, 3) in m, in the base link of the group that is planned.
        voxel: edge in m of the voxels that points are gathered in.
        most: the widest gap in m that counts as covered surface; wider ones are openings.

    Raises:
        WorldError: no point, values that are no numbers, or lengths that are not positive.
    """
    cloud = _points(points, voxel, most)
    _, group = np.unique(np.floor(cloud / voxel).astype(np.int64), axis=0, return_inverse=True)
    group = group.ravel()
    count = np.bincount(group)
    centres = np.column_stack([np.bincount(group, axis) for axis in cloud.T]) / count[:, None]
    spread = np.zeros(len(centres))
    np.maximum.at(spread, group, np.linalg.norm(cloud - centres[group], axis=1))
    # The nearest of all is the point itself where a voxel holds but one.
    to_neighbour = cKDTree(cloud).query(centres, k=[_NEIGHBOUR + 1])[0][:, 0]
    return Cloud(centres, spread + np.minimum(to_neighbour, most))


def cloud_grid(cloud: Cloud, voxel: float, margin: float = 0.1) -> DistanceGrid:
    """Distances to many balls on a grid, which does not take longer the more there are.

    No value, nor any between nodes, is more than the distance to the balls; outside of them none is less by
    more than 1.74 voxels.

    Args:
        cloud: the balls.
        voxel: distance in m between nodes.
        margin: in m around the balls up to which distances are known; beyond, they are rounded down.

    Raises:
        WorldError: lengths that are not positive, or too many nodes.
    """
    _lengths(voxel, margin)
    centres, radii = cloud.row()[:, :3], cloud.row()[:, 3]
    reach = radii.max() + margin
    low = centres.min(axis=0) - reach
    shape = np.ceil((centres.max(axis=0) + reach - low) / voxel).astype(int) + 1
    if np.prod(shape.astype(float)) > _MOST_NODES:
        raise WorldError(
            f"a voxel of {voxel} m makes {' x '.join(map(str, shape))} nodes; take a larger one."
        )
    values = np.full(shape, margin, np.float32)
    _lower((centres - low) / voxel, radii / voxel, voxel, values)
    # Half of a cell's diagonal is what its trilinear values may be wrong by.
    return DistanceGrid(low, voxel, values - np.float32(np.sqrt(3) / 2 * voxel))


@njit(cache=True, **BORROWED)
def _lower(centres, radii, voxel, values):
    """Lower values (X, Y, Z) to the distances to balls, whose centres and radii are in voxels."""
    for b in range(centres.shape[0]):
        x, y, z = centres[b]
        wide = radii[b] + values[0, 0, 0] / voxel  # a corner keeps what is known at most
        first_x, last_x = max(int(np.ceil(x - wide)), 0), min(int(x + wide), values.shape[0] - 1)
        first_y, last_y = max(int(np.ceil(y - wide)), 0), min(int(y + wide), values.shape[1] - 1)
        first_z, last_z = max(int(np.ceil(z - wide)), 0), min(int(z + wide), values.shape[2] - 1)
        for i in range(first_x, last_x + 1):
            for j in range(first_y, last_y + 1):
                beside = (i - x) ** 2 + (j - y) ** 2
                for k in range(first_z, last_z + 1):
                    away = voxel * (np.sqrt(beside + (k - z) ** 2) - radii[b])
                    values[i, j, k] = min(values[i, j, k], away)


def _points(points: ArrayLike, voxel: float, most: float) -> np.ndarray:
    """(n, 3) finite points."""
    _lengths(voxel, most)
    try:
        cloud = np.asarray(points, float)
    except (TypeError, ValueError) as error:
        raise WorldError(f"points are no array of numbers: {error}.") from error
    if cloud.ndim != 2 or cloud.shape[1] != 3 or not len(cloud):
        raise WorldError(f"points have the shape {cloud.shape}; they must be (n, 3), one at least.")
    if not np.isfinite(cloud).all():
        row = int(np.flatnonzero(~np.isfinite(cloud).all(axis=1))[0])
        raise WorldError(f"point {row} is {cloud[row].tolist()}; leave out what was not measured.")
    return cloud


def _lengths(voxel: float, other: float) -> None:
    if not (np.isfinite([voxel, other]).all() and voxel > 0 and other > 0):
        raise WorldError(f"lengths of {voxel} m and {other} m must be positive.")
