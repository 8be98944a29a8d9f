"""Disparities of every second row, and of the rows between by the picture."""

from __future__ import annotations

import cv2
import numpy as np

from .speckles import FIXED_POINT


def fill_between_rows(fixed: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Disparities of all rows from those of rows 0, 2, 4, ...

    A pixel between two that see one surface, by disparities at most 1 px apart, takes their mean; any other
    takes that of the pixel above or below that is more like it in brightness.

    Args:
        fixed: ((height + 1) / 2, width) int16, 1/16 px, not positive where unknown.
        picture: (height, width) uint8.

    Returns:
        (height, width) int16, 1/16 px, not positive where unknown.
    """
    full = np.repeat(fixed, 2, axis=0)[: len(picture)]
    above, below, between = fixed[:-1], fixed[1:], picture[1:-1:2]
    step_above, step_below = cv2.absdiff(picture[:-2:2], between), cv2.absdiff(picture[2::2], between)
    is_one = (cv2.absdiff(above, below) <= FIXED_POINT) & (above > 0) & (below > 0)
    alike = np.where(step_above <= step_below, above, below)
    full[1:-1:2] = np.where(is_one, (above + below) // 2, alike)
    return full
