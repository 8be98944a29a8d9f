"""Holes of a disparity map filled from what lies beside them."""

from __future__ import annotations

import cv2
import numpy as np

_MEDIAN = 5


def fill_holes(disparity: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Fill each run of holes in a row with the farther surface at its ends, then smooth what was filled.

    A hole beside a near object is where the other camera saw that object instead, and belongs to what is
    behind (Hirschmueller, PAMI 2008, section 2.5.2). To look above and below as well, and to weigh paths by
    the picture's edges, gained nothing on a real pair.

    Args:
        disparity: (height, width) float32, px.
        valid: (height, width) bool.

    Returns:
        (height, width) float32; measured disparities as they were, rows without any as the median of all. 0
        throughout if nothing is valid.
    """
    if not valid.any():
        return np.zeros(disparity.shape, np.float32)
    # A column of pixels on either side, infinitely near, keeps runs in their rows.
    is_hole = _framed((~valid).view(np.uint8), 0).view(bool)
    values = _framed(disparity, np.inf)
    changes = np.flatnonzero(is_hole[1:] != is_hole[:-1])
    before, last = changes[::2], changes[1::2]
    farther = np.minimum(values.take(before), values.take(last + 1))
    if np.isinf(farther).any():
        farther[np.isinf(farther)] = np.median(disparity[valid])
    filled, holes = disparity.copy(), np.flatnonzero(~valid)
    filled.ravel()[holes] = np.repeat(farther, last - before)
    filled.ravel()[holes] = cv2.medianBlur(filled, _MEDIAN).take(holes)
    return filled


def _framed(image: np.ndarray, value: float) -> np.ndarray:
    return cv2.copyMakeBorder(image, 0, 0, 1, 1, cv2.BORDER_CONSTANT, value=value).ravel()
