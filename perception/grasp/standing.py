"""The unseen sides of an object that stands on a plane: straight down from the edges of what is seen.

One view shows no two sides that look away from each other, so two fingers would find nothing to close on.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.spatial import cKDTree

from ..poses import Array
from .surface import Surface

_CELL = 0.003  # m
_LEAST_STEP = 2  # cells of height between neighbours that make a wall
_SMOOTH = 2.0  # cells over which a wall's direction is taken
_MOST = 4096  # points


def with_sides(surface: Surface, plane: Array) -> Surface:
    """A seen surface with walls added below every edge of it, down to the plane or to the next lower part.

    The object is taken to be no wider below than what is seen of it from above: overhangs become solid.

    Args:
        surface: what a camera sees.
        plane: (a, b, c, d) with a x + b y + c z + d = 0 on the plane, > 0 m above it.
    """
    axes = plane_axes(plane)
    local = surface.points @ axes.T
    local[:, 2] += plane[3] / np.linalg.norm(plane[:3])
    heights, corner = _height_map(local)
    points, normals = _walls(heights)
    if not len(points):
        return surface
    points[:, :2] += corner
    back = points.copy()
    back[:, 2] -= plane[3] / np.linalg.norm(plane[:3])
    return _evenly(
        np.concatenate([surface.points, back @ axes]),
        np.concatenate([surface.normals, normals @ axes]),
    )


def plane_axes(plane: Array) -> Array:
    """Rows (3, 3): two directions along a plane (a, b, c, d), and its normal."""
    up = plane[:3] / np.linalg.norm(plane[:3])
    first = np.cross(up, [1.0, 0.0, 0.0] if abs(up[0]) < 0.9 else [0.0, 1.0, 0.0])
    first /= np.linalg.norm(first)
    return np.array([first, np.cross(up, first), up])


def _height_map(local: Array) -> tuple[Array, Array]:
    """Highest point of each cell (nx, ny) in m, 0 where there is none, as all around; and its corner (2,)."""
    corner = local[:, :2].min(axis=0) - 3 * _CELL
    cells = np.floor((local[:, :2] - corner) / _CELL).astype(int)
    heights = np.zeros(cells.max(axis=0) + 4)
    np.maximum.at(heights, tuple(cells.T), np.maximum(local[:, 2], 0.0))
    kernel = np.ones((3, 3), np.uint8)
    heights = cv2.morphologyEx(heights, cv2.MORPH_CLOSE, kernel)  # cells that no pixel fell into
    return cv2.medianBlur(heights.astype(np.float32), 3).astype(float), corner


def _walls(heights: Array) -> tuple[Array, Array]:
    """Points (n, 3) in m from the corner, a cell apart, and outward horizontal normals (n, 3) of steps."""
    smooth = cv2.GaussianBlur(heights, (0, 0), _SMOOTH)
    downhill = -np.stack(np.gradient(smooth), axis=-1)
    steepness = np.linalg.norm(downhill, axis=-1, keepdims=True)
    downhill = np.divide(downhill, steepness, out=np.zeros_like(downhill), where=steepness > 1e-9)
    points, normals = [], []
    for step in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        lower = np.roll(heights, (-step[0], -step[1]), axis=(0, 1))
        outward = (downhill @ step) > 0.5  # of two walls of a slanting one, that which faces downhill
        for x, y in np.argwhere((heights - lower > _LEAST_STEP * _CELL) & outward):
            low, high = float(lower[x, y]), float(heights[x, y])
            z = np.arange(low, high, _CELL) + 0.5 * _CELL
            edge = (np.array([x, y]) + 0.5 + 0.5 * np.array(step)) * _CELL
            points.append(np.column_stack([np.tile(edge, (len(z), 1)), z]))
            normals.append(np.tile([*downhill[x, y], 0.0], (len(z), 1)))
    if not points:
        return np.empty((0, 3)), np.empty((0, 3))
    return np.concatenate(points), np.concatenate(normals)


def _evenly(points: Array, normals: Array) -> Surface:
    """A point for each cell of space, in random order."""
    _, first = np.unique(np.floor(points / _CELL).astype(int), axis=0, return_index=True)
    kept = np.random.default_rng(0).permutation(first)[:_MOST]
    points, normals = points[kept], normals[kept]
    spacing = float(np.median(cKDTree(points).query(points, 2)[0][:, 1]))
    return Surface(points, normals, (points.min(axis=0) + points.max(axis=0)) / 2, spacing)
