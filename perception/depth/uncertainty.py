"""From what a matcher found to what may be believed."""

from __future__ import annotations

import cv2
import numpy as np

from .disparity import DisparityMap
from .fill import fill_holes

# Standard deviation in px of sub-pixel interpolation, and what a neighbourhood that is all holes adds to it.
_SIGMA_SUBPIXEL, _SIGMA_HOLES = 0.25, 4.0
_WINDOW = 7


def checked_map(
    disparity: np.ndarray, residual: np.ndarray, tolerance: float, picture: np.ndarray
) -> DisparityMap:
    """The map of `disparity` (height, width), valid where both views differ by at most `tolerance`, rest
    filled.

    Args:
        disparity: (height, width) float32, px.
        residual: (height, width) difference between both views, px; inf where unknown.
        tolerance: px.
        picture: (height, width) uint8, grey, of the left camera.
    """
    valid = residual <= tolerance
    filled = fill_holes(disparity, valid, picture)
    return DisparityMap(filled, valid, disparity_sigma(filled, valid))


def disparity_sigma(filled: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Standard deviation (height, width) float32 of valid disparities, px; inf of the others.

    SGM errs near the edges of objects, which it fattens, and beside holes; texture says little, because
    smoothness carries disparities across plain walls. So the deviation is a quarter of the range of
    disparities in a window, as of a uniform error, and a term for the holes in it, above what sub-pixel
    interpolation leaves.
    """
    window = np.ones((_WINDOW, _WINDOW), np.uint8)
    spread = cv2.dilate(filled, window) - cv2.erode(filled, window)
    holes = 1 - cv2.boxFilter(valid.astype(np.float32), -1, (_WINDOW, _WINDOW))
    sigma = np.sqrt(_SIGMA_SUBPIXEL**2 + (spread / 4) ** 2 + (_SIGMA_HOLES * holes) ** 2)
    return np.where(valid, sigma, np.float32(np.inf))
