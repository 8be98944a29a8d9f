"""Points followed from picture to picture by pyramidal Lucas-Kanade (Bouguet 2001), and checked."""

from __future__ import annotations

import cv2
import numpy as np

from ..poses import Array

_WINDOW = (15, 15)
_LEVELS = 3
_LEAST_TURN = 0.1  # rad; by less, windows need not be turned
MIN_DISPARITY = 0.5  # px; less is not told from noise
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 15, 0.01)


def _lucas_kanade(a: np.ndarray, b: np.ndarray, points: Array, start: Array) -> tuple[Array, np.ndarray]:
    """Where `points` (n, 2) of picture a are in b, searched from `start`, and whether they were found."""
    found, status, _ = cv2.calcOpticalFlowPyrLK(
        a, b, points.astype(np.float32), start.astype(np.float32),
        winSize=_WINDOW, maxLevel=_LEVELS, criteria=_STOP, flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )  # fmt: skip
    found = found.astype(float)
    height, width = b.shape
    inside = (found >= 0).all(axis=1) & (found < (width - 1, height - 1)).all(axis=1)
    return found, status.ravel().astype(bool) & inside


def follow(
    a: np.ndarray, b: np.ndarray, points: Array, start: Array, tolerance: float
) -> tuple[Array, np.ndarray]:
    """Follow points (n, 2) from picture a to b and back.

    Args:
        a, b: grey pictures, uint8.
        points: in a, px.
        start: where to begin the search in b, px.
        tolerance: of the way back, px.

    Returns:
        Points (n, 2) in b, and which of them came back to where they started.
    """
    if len(points) == 0:
        return np.empty((0, 2)), np.zeros(0, bool)
    there, found = _lucas_kanade(a, b, points, start)
    back, returned = _lucas_kanade(b, a, there, points)
    return there, found & returned & (np.abs(back - points).max(axis=1) < tolerance)


def follow_turned(
    a: np.ndarray, b: np.ndarray, points: Array, start: Array, tolerance: float
) -> tuple[Array, np.ndarray]:
    """As `follow`, where b may be rolled against a, as a walking robot's head is.

    Lucas-Kanade shifts its windows and does not turn them. So b is turned back first by the angle that takes
    `points` closest to `start` (Procrustes), if that is more than a few degrees.
    """
    angle = _turn(points, start)
    if abs(angle) < _LEAST_TURN:
        return follow(a, b, points, start, tolerance)
    height, width = b.shape
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    motion = np.column_stack([turn, middle - turn @ middle])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    upright = cv2.warpAffine(b, motion, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    there, found = follow(a, upright, points, (start - middle) @ turn + middle, tolerance)
    there = (there - middle) @ turn.T + middle
    return there, found & (there >= 0).all(axis=1) & (there < (width - 1, height - 1)).all(axis=1)


def _turn(points: Array, targets: Array) -> float:
    """Angle in rad, from x to y, of the rigid motion that takes points (n, 2) closest to targets (n, 2)."""
    if len(points) < 2:
        return 0.0
    a, b = points - points.mean(axis=0), targets - targets.mean(axis=0)
    return float(np.arctan2((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum(), (a * b).sum()))


def match_right(
    left: np.ndarray, right: np.ndarray, points: Array, disparity: Array, max_row_error: float
) -> Array:
    """Columns (n,) of the left picture's points (n, 2) in the rectified right one; NaN without a match.

    The search starts at the given disparity (n,), px. It is free in both directions: one that ends in another
    row has found something else.
    """
    if len(points) == 0:
        return np.empty(0)
    start = points - np.column_stack([disparity, np.zeros(len(points))])
    there, found = _lucas_kanade(left, right, points, start)
    shift = points[:, 0] - there[:, 0]
    found &= (np.abs(there[:, 1] - points[:, 1]) < max_row_error) & (shift > MIN_DISPARITY)
    return np.where(found, there[:, 0], np.nan)
