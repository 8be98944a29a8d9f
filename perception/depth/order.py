"""Whether a pair was given the right way round."""

from __future__ import annotations

import cv2
import numpy as np

from .matcher import StereoMatcher, grey_pair

_WIDTH = 320
_FEW, _MANY = 0.35, 1.5


def check_order(
    left: np.ndarray, right: np.ndarray, disparities: int, left_name: object, right_name: object
) -> None:
    """Match small copies both ways round.

    Raises:
        ValueError: the pictures fit when swapped and do not as they are, or are one and the same.
    """
    left, right = grey_pair(left, right)
    if np.array_equal(left, right):
        raise ValueError(f"{left_name} and {right_name} are the same picture; give those of both cameras.")
    scale = min(1.0, _WIDTH / left.shape[1])
    small = [
        cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for picture in (left, right)
    ]
    matcher = StereoMatcher(max(16, int(disparities * scale)), two_way=True)
    density, swapped = matcher(*small).density, matcher(small[1], small[0]).density
    if density < _FEW and swapped > _MANY * density:
        raise ValueError(
            f"{left_name} and {right_name} seem swapped: {swapped:.0%} of the pixels match the other way "
            f"round, {density:.0%} as given. Give the left camera's picture as left."
        )
