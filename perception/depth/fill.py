"""Holes of a disparity map filled from what lies beside them in the picture."""

from __future__ import annotations

import cv2
import numpy as np

# A neighbour may cost this many times the cheapest one's path to count as one surface that ends in the hole.
_REACH = 4.0
# Grey levels that a pixel of distance weighs beside the steps of brightness on the way.
_STEP = 2.0
_MEDIAN = 5


def fill_holes(disparity: np.ndarray, valid: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Fill each hole with the farthest surface that reaches it, then smooth what was filled.

    Candidates are the nearest valid pixels to the left, right, above and below. The path to each costs its
    length and the steps of brightness on it, so that an edge of the picture keeps a surface out. Among the
    candidates that
    cost at most four times the cheapest, the smallest disparity is taken: a hole beside a near object is
        where the
    other camera saw that object instead, and belongs to what is behind (Hirschmueller, PAMI 2008, section
    2.5.2).

    Args:
        disparity: (height, width) float32, px.
        valid: (height, width) bool.
        picture: (height, width) uint8 left picture.

    Returns:
        (height, width) float32; measured disparities as they were. 0 throughout if nothing is valid.
    """
    if not valid.any():
        return np.zeros(disparity.shape, np.float32)
    holes = np.flatnonzero(~valid)
    smooth = cv2.GaussianBlur(picture, (3, 3), 0).astype(np.float32)
    found = [nearest for axis in (0, 1) for nearest in _nearest(valid, smooth, holes, axis)]
    costs = np.array([cost for _, cost in found])
    is_near = np.isfinite(costs) & (costs <= _REACH * costs.min(axis=0) + _STEP)
    candidates = np.where(is_near, [disparity.take(index) for index, _ in found], np.float32(np.inf))
    guess = candidates.min(axis=0)
    if not np.isfinite(guess).all():  # nothing valid in the row and column of a hole
        guess = np.where(np.isfinite(guess), guess, np.median(disparity[valid]))
    filled = np.where(valid, disparity, np.float32(0))
    filled.ravel()[holes] = guess
    return np.where(valid, disparity, cv2.medianBlur(filled, _MEDIAN))


def _nearest(
    valid: np.ndarray, picture: np.ndarray, holes: np.ndarray, axis: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each hole, by flat index, the last valid pixel before it along `axis` and the next after it.

    As (flat index, cost of the path), the cost inf where there is none.
    """
    size, width = valid.shape[axis], valid.shape[1]
    along = np.arange(size, dtype=np.int32).reshape((-1, 1) if axis == 0 else (1, -1))
    before = np.maximum.accumulate(np.where(valid, along, np.int32(-1)), axis=axis)
    after = np.flip(
        np.minimum.accumulate(np.flip(np.where(valid, along, np.int32(size)), axis), axis=axis), axis
    )
    path = np.zeros(picture.shape, np.float32)
    steps = np.abs(np.diff(picture, axis=axis)) + np.float32(_STEP)
    np.cumsum(steps, axis=axis, out=path[1:] if axis == 0 else path[:, 1:])
    base = holes % width if axis == 0 else holes - holes % width
    found = []
    for nearest in (before.take(holes), after.take(holes)):
        there = (nearest >= 0) & (nearest < size)
        index = base + np.where(there, nearest, 0) * (width if axis == 0 else 1)
        found.append(
            (index, np.where(there, np.abs(path.take(holes) - path.take(index)), np.float32(np.inf)))
        )
    return found
