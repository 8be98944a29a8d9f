"""Which disparities both pictures agree on."""

from __future__ import annotations

import numpy as np

UNSEEN = np.float32(-1e3)


def left_right_residual(disparity: np.ndarray) -> np.ndarray:
    """How far, in px, each disparity of the left picture is below what the right picture sees there.

    Of all left pixels that land on one pixel of the right picture, the nearest, with the largest disparity,
    hides the others; those are occluded or wrong. So the right view's disparities come from the left view's
    own, without a second matching.

    Args:
        disparity: (height, width) float32, px; not positive where unknown.

    Returns:
        (height, width) float32, 0 or larger; inf where the disparity is unknown or leaves the right picture.
    """
    height, width = disparity.shape
    target = np.rint(np.arange(width, dtype=np.float32) - disparity).astype(np.int32)
    lands = (disparity > 0) & (target >= 0)
    flat = (target + width * np.arange(height, dtype=np.int32)[:, None])[lands]
    right = np.full(height * width, UNSEEN)
    seen = disparity[lands]
    np.maximum.at(right, flat, seen)
    residual = np.full(disparity.shape, np.inf, np.float32)
    residual[lands] = right[flat] - seen
    return residual


def two_way_residual(disparity: np.ndarray, right_disparity: np.ndarray) -> np.ndarray:
    """How far, in px, each disparity is from the one that was matched from the right picture to the left.

    Args:
        disparity: (height, width) float32 of the left picture, px; not positive where unknown.
        right_disparity: likewise of the right picture; a point at column u lies at u + disparity in the left.

    Returns:
        (height, width) float32; inf where either is unknown.
    """
    width = disparity.shape[1]
    target = np.rint(np.arange(width, dtype=np.float32) - disparity).astype(np.int32)
    other = np.take_along_axis(right_disparity, np.clip(target, 0, width - 1), axis=1)
    known = (disparity > 0) & (target >= 0) & (other > 0)
    return np.where(known, np.abs(disparity - other), np.float32(np.inf))
