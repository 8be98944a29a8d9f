"""Small spots of a disparity map that stick out: what semi-global matching gets wrong."""

from __future__ import annotations

import cv2
import numpy as np

FIXED_POINT = 16  # of OpenCV's disparities, in 1 px
UNKNOWN = -FIXED_POINT
_PIXELS, _RANGE = 100, 2


def remove_speckles(fixed: np.ndarray) -> None:
    """Make connected spots of fewer than 100 px unknown; neighbours differ by at most 1 px a column or row.

    Spots are looked for in every second column and row, which takes a quarter of the time.

    Args:
        fixed: (height, width) int16, 1/16 px, UNKNOWN where there is no disparity; changed in place.
    """
    coarse = np.ascontiguousarray(fixed[::2, ::2])
    cv2.filterSpeckles(coarse, UNKNOWN, _PIXELS // 4, _RANGE * FIXED_POINT)
    kept = cv2.resize(coarse, fixed.shape[::-1], interpolation=cv2.INTER_NEAREST)
    fixed[kept == UNKNOWN] = UNKNOWN
