"""From what a matcher found to what may be believed."""

from __future__ import annotations

import cv2
import numpy as np

from .disparity import DisparityMap
from .fill import fill_holes

# Standard deviation in px of sub-pixel interpolation, and what a neighbourhood that is all holes adds to it.
_SIGMA_SUBPIXEL, _SIGMA_HOLES = 0.25, 4.0
_WINDOW = 7


def checked_map(disparity: np.ndarray, valid: np.ndarray) -> DisparityMap:
    """Disparities (height, width) float32, px, with their deviation; what is not `valid` is filled."""
    filled = fill_holes(disparity, valid)
    return DisparityMap(filled, valid, disparity_sigma(filled, valid))


def disparity_sigma(filled: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Standard deviation (height, width) float32 of valid disparities, px; inf of the others.

    SGM errs near the edges of objects, which it fattens, and beside holes; texture says little, because
    smoothness carries disparities across plain walls. So the deviation is a quarter of the range of
    disparities in a window, as of a uniform error, and a term for the holes in it, above what sub-pixel
    interpolation leaves.
    """
    window = np.ones((_WINDOW, _WINDOW), np.uint8)
    spread = cv2.subtract(cv2.dilate(filled, window), cv2.erode(filled, window))
    holes = cv2.boxFilter(valid.view(np.uint8), cv2.CV_32F, window.shape) - 1
    variance = cv2.addWeighted(
        np.square(spread, out=spread),
        1 / 16,
        np.square(holes, out=holes),
        _SIGMA_HOLES**2,
        _SIGMA_SUBPIXEL**2,
    )
    sigma = np.sqrt(variance, out=variance)
    np.copyto(sigma, np.inf, where=~valid)
    return sigma
