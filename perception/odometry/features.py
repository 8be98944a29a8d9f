"""Corners worth following, spread over the picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..poses import Array

GRID = (12, 16)  # rows, columns
MARGIN = 8  # px at the picture's border, where a tracking window would not fit
_SUBPIXEL = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 10, 0.03)


def detect_corners(grey: np.ndarray, known: Array, wanted: int) -> Array:
    """FAST corners (n, 2) in px, to a fraction of one, the strongest of each grid cell; n <= wanted.

    Args:
        grey: picture, uint8.
        known: (m, 2) points already followed; cells they fill get no more.
        wanted: number of points; a cell gets its share of `wanted + m`, and at least 2.
    """
    height, width = grey.shape
    found = np.empty((0, 2))
    for threshold in (20, 7):
        # The second time only for a picture of low contrast; smoothed, or noise alone would have corners.
        seen = grey if threshold == 20 else cv2.GaussianBlur(grey, (5, 5), 0)
        keypoints = cv2.FastFeatureDetector.create(threshold).detect(seen)
        if len(keypoints) >= wanted or threshold == 7:
            found = _spread(keypoints, (height, width), known, wanted)
            break
    if len(found) == 0:
        return np.empty((0, 2))
    corners = np.array(found, np.float32).reshape(-1, 1, 2)
    refined = cv2.cornerSubPix(grey, corners, (3, 3), (-1, -1), _SUBPIXEL)
    refined = refined[:, 0].astype(float)
    return refined[np.abs(refined - found).max(axis=1) < 3.0]


def _spread(keypoints: Sequence[cv2.KeyPoint], shape: tuple[int, int], known: Array, wanted: int) -> Array:
    """The strongest keypoints, a share for each cell, none within half a cell's width of a known point."""
    if not keypoints:
        return np.empty((0, 2))
    height, width = shape
    points = cv2.KeyPoint.convert(keypoints).astype(float)  # pyright: ignore[reportArgumentType]
    strength = np.array([keypoint.response for keypoint in keypoints])
    inside = (points >= MARGIN).all(axis=1) & (points < (width - MARGIN, height - MARGIN)).all(axis=1)
    inside &= ~_near(known, shape)[points[:, 1].astype(int), points[:, 0].astype(int)]
    points, strength = points[inside], strength[inside]
    share = max(2, -(-(wanted + len(known)) // (GRID[0] * GRID[1])))
    room = share - np.bincount(_cells(known, shape), minlength=GRID[0] * GRID[1])
    order = np.argsort(-strength, kind="stable")
    cells = _cells(points[order], shape)
    by_cell = np.argsort(cells, kind="stable")
    first = np.searchsorted(cells[by_cell], cells[by_cell], side="left")
    rank = np.empty(len(cells), int)
    rank[by_cell] = np.arange(len(cells)) - first  # 0 for the strongest of its cell
    kept = order[rank < room[cells]]
    fair = np.argsort(rank[rank < room[cells]], kind="stable")  # every cell's best before any second best
    return points[kept[fair][:wanted]]


def _cells(points: Array, shape: tuple[int, int]) -> np.ndarray:
    """Index of each point's grid cell."""
    row = np.clip(points[:, 1] * GRID[0] / shape[0], 0, GRID[0] - 1).astype(int)
    column = np.clip(points[:, 0] * GRID[1] / shape[1], 0, GRID[1] - 1).astype(int)
    return row * GRID[1] + column


def _near(points: Array, shape: tuple[int, int]) -> np.ndarray:
    """Mask of the pixels close to a point."""
    mask = np.zeros(shape, np.uint8)
    radius = max(4, shape[1] // GRID[1] // 4)
    for x, y in points:
        cv2.circle(mask, (round(x), round(y)), radius, 1, -1)
    return mask.astype(bool)
