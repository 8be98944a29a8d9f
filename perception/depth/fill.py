"""Holes of a disparity map filled from what lies beside them in the picture."""

from __future__ import annotations

import cv2
import numpy as np

# A neighbour may cost this many times the cheapest one's path to count as one surface that ends in the hole.
_REACH = 4.0
# Grey levels that a pixel of distance weighs beside the steps of brightness on the way.
_STEP = 2
_MEDIAN = 5


def fill_holes(disparity: np.ndarray, valid: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Fill each hole with the farthest surface that reaches it, then smooth what was filled.

    Candidates are the nearest valid pixels to the left, right, above and below. The path to each costs its
    length and the steps of brightness on it, so that an edge of the picture keeps a surface out. Among the
    candidates that cost at most four times the cheapest, the smallest disparity is taken: a hole beside a
    near object is where the other camera saw that object instead, and belongs to what is behind
    (Hirschmueller, PAMI 2008, section 2.5.2).

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
    smooth = cv2.GaussianBlur(picture, (3, 3), 0)
    found = [*_nearest(valid, smooth, holes), *_nearest_in_columns(valid, smooth, holes)]
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
    valid: np.ndarray, picture: np.ndarray, holes: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each hole, by flat index, the last valid pixel before it in its row, and the next after it.

    As (flat index, cost of the path), the cost inf where there is none.
    """
    width = valid.shape[1]
    known = np.flatnonzero(valid)
    place = np.cumsum(valid.ravel(), dtype=np.int32).take(holes)
    steps = cv2.absdiff(picture[:, 1:], picture[:, :-1])
    path = np.zeros(valid.shape, np.int32)
    path[:, 1:] = steps
    # The sum runs on from row to row; only differences within a row are used.
    path = np.cumsum(path.ravel() + np.int32(_STEP), dtype=np.int32)
    rows, here = holes // width, path.take(holes)
    found = []
    for index in (known.take(np.maximum(place - 1, 0)), known.take(np.minimum(place, len(known) - 1))):
        there = index // width == rows
        cost = np.where(there, np.abs(here - path.take(index)), np.inf).astype(np.float32)
        found.append((index, cost))
    return found


def _nearest_in_columns(
    valid: np.ndarray, picture: np.ndarray, holes: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """As `_nearest`, above and below."""
    height, width = valid.shape
    turned = holes % width * height + holes // width
    found = _nearest(np.ascontiguousarray(valid.T), cv2.transpose(picture), turned)
    return [(index % height * width + index // height, cost) for index, cost in found]
