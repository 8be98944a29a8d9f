"""Which disparities both pictures agree on."""

from __future__ import annotations

import numpy as np


def left_right_check(disparity: np.ndarray, tolerance: float) -> np.ndarray:
    """Where each disparity of the left picture is what the right picture sees there.

    Of all left pixels that land on one pixel of the right picture, the nearest, with the largest disparity,
    hides the others; those are occluded or wrong. So the right view's disparities come from the left view's
    own, without a second matching.

    Args:
        disparity: (height, width) float32, px; not positive where unknown.
        tolerance: by how much, in px, a disparity may be below the one that hides it.

    Returns:
        (height, width) bool; False where the disparity is unknown or leaves the right picture.
    """
    height, width = disparity.shape
    shift = np.maximum(disparity + np.float32(0.5), 0).astype(np.int32)
    columns, margin = np.arange(width, dtype=np.int32), int(shift.max())
    # Rows of the right picture have a margin on their left, for what lands outside of it.
    target = (columns - shift) + (margin + (margin + width) * np.arange(height))[:, None]
    right = np.zeros(height * (margin + width), np.float32)
    np.maximum.at(right, target.ravel(), disparity.ravel())
    return (right.take(target) - disparity <= tolerance) & (disparity > 0) & (shift <= columns)


def two_way_check(disparity: np.ndarray, right_disparity: np.ndarray, tolerance: float) -> np.ndarray:
    """Where each disparity is the one that was matched from the right picture to the left.

    Args:
        disparity: (height, width) float32 of the left picture, px; not positive where unknown.
        right_disparity: likewise of the right picture; a point at column u lies at u + disparity in the left.
        tolerance: by how much, in px, the two may differ.

    Returns:
        (height, width) bool; False where either is unknown.
    """
    width = disparity.shape[1]
    target = np.rint(np.arange(width, dtype=np.float32) - disparity).astype(np.int32)
    other = np.take_along_axis(right_disparity, np.clip(target, 0, width - 1), axis=1)
    return (disparity > 0) & (target >= 0) & (other > 0) & (np.abs(disparity - other) <= tolerance)
