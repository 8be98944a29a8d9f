"""What a depth picture shows of an object that is to be held: its surface, and what is in the way."""

from __future__ import annotations

import numpy as np

from ..camera import Camera
from ..poses import Array
from .standing import plane_axes
from .surface import Surface, surface_of_cloud

_MOST = 4096  # points of the object
_NEIGHBOURS = 32  # whose plane gives a normal: a camera's noise is as large as the distance between points
_JUMP = 0.02  # m: a pixel that differs by more from the neighbours on both sides is a mean of two surfaces
_REACH = 0.25  # m around the object: what is farther is not in the way
_CELL = 0.005  # m: one point of the surroundings in each
_FEWEST = 50  # pixels with depth
_LARGEST, _SMALLEST = 2.0, 0.005  # m: an object for a hand


def surface_seen(depth: np.ndarray, mask: np.ndarray, camera: Camera) -> Surface:
    """Points and normals of the pixels of `mask` in the camera's frame.

    Args:
        depth: (height, width) in m; 0 or not finite where there is none.
        mask: (height, width) bool.
        camera: without distortion.

    Raises:
        ValueError: sizes that do not fit, a mask with next to no depth, or lengths that no hand can hold.
    """
    camera.check_picture(depth, "The depth picture")
    camera.check_picture(mask, "The mask")
    depth = np.where(np.isfinite(depth), depth, 0.0)
    inside = mask & (depth > 0)
    count = int(inside.sum())
    if count < _FEWEST:
        raise ValueError(
            f"The mask has {int(mask.sum())} pixels, {count} of them with depth; a grasp takes {_FEWEST} at "
            "least."
        )
    points = camera.unproject(depth)[inside & _is_smooth(depth)]
    points = points if len(points) >= _FEWEST else camera.unproject(depth)[inside]
    size = float(np.linalg.norm(np.ptp(points, axis=0)))
    if not _SMALLEST < size < _LARGEST:
        raise ValueError(
            f"What the mask shows is {size:.3g} m across and {np.median(points[:, 2]):.3g} m away, which no "
            "hand can hold; check the units of the depth (16-bit pictures: 1000 to a metre for mm) and that "
            "the mask is of one object."
        )
    order = np.random.default_rng(0).permutation(len(points))[:_MOST]
    return surface_of_cloud(points[order], np.zeros(3), _NEIGHBOURS)


def surroundings(
    depth: np.ndarray, mask: np.ndarray, camera: Camera, surface: Surface, plane: Array | None = None
) -> Array:
    """Points (n, 3) in the camera's frame of what is near the object and no part of it.

    Args:
        depth, mask, camera: as for `surface_seen`.
        surface: of the object.
        plane: (a, b, c, d) with a x + b y + c z + d = 0 on what it stands on; it goes on under the object.
    """
    depth = np.where(np.isfinite(depth), depth, 0.0)
    points = camera.unproject(depth)[~mask & (depth > 0)]
    low, high = surface.points.min(axis=0) - _REACH, surface.points.max(axis=0) + _REACH
    points = points[((points > low) & (points < high)).all(axis=1)]
    if plane is not None:
        points = np.concatenate([points, _on_plane(plane, surface)])
    _, first = np.unique(np.floor(points / _CELL).astype(int), axis=0, return_index=True)
    return points[first]


def _is_smooth(depth: np.ndarray) -> np.ndarray:
    """(height, width) bool: in the row or column, a neighbour on one side at least is about as far."""
    smooth = np.ones(depth.shape, bool)
    for axis in (0, 1):
        jump = np.abs(np.diff(depth, axis=axis)) > _JUMP
        before, after = [(0, 0), (0, 0)], [(0, 0), (0, 0)]
        before[axis], after[axis] = (1, 0), (0, 1)
        smooth &= ~(np.pad(jump, before) & np.pad(jump, after))
    return smooth


def _on_plane(plane: Array, surface: Surface) -> Array:
    """Points of a plane under and around an object, 5 mm apart."""
    first, second, normal = plane_axes(plane)
    middle = surface.points.mean(axis=0)
    foot = middle - (middle @ normal + plane[3] / np.linalg.norm(plane[:3])) * normal
    reach = float(np.linalg.norm(np.ptp(surface.points, axis=0))) / 2 + _REACH / 2
    steps = np.arange(-reach, reach, _CELL)
    x, y = np.meshgrid(steps, steps)
    return foot + x.reshape(-1, 1) * first + y.reshape(-1, 1) * second
