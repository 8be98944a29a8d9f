"""What one moment's pictures tell: a grey picture, and for points of it where a right camera sees them."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np

from ..poses import Array
from .optical_flow import MIN_DISPARITY, follow, match_right
from .rig import StereoRig

_MEAN = 110.0  # grey level that pictures are scaled to, so that a change of exposure moves no point


class View(Protocol):
    """Pictures of one moment."""

    grey: np.ndarray

    def match(self, points: Array, disparity: Array) -> Array:
        """u_right (n,) of points (n, 2) whose disparity (n,) is about known, px; NaN where unseen."""
        ...

    def match_new(self, points: Array, disparity: Array) -> Array:
        """The same for points of which `disparity` is a mere guess."""
        ...


class StereoView:
    """A rectified pair of grey pictures."""

    def __init__(self, left: np.ndarray, right: np.ndarray, max_row_error: float, tolerance: float) -> None:
        self.grey, self._right = evened(left), evened(right)
        self._max_row_error, self._tolerance = max_row_error, tolerance

    def match(self, points: Array, disparity: Array) -> Array:
        """By Lucas-Kanade."""
        return match_right(self.grey, self._right, points, disparity, self._max_row_error)

    def match_new(self, points: Array, disparity: Array) -> Array:
        """By Lucas-Kanade there and back, in a second attempt from far away."""
        matched = np.full(len(points), np.nan)
        for guess in (disparity, np.zeros(len(points))):
            left = np.flatnonzero(np.isnan(matched))
            start = points[left] - np.column_stack([guess[left], np.zeros(len(left))])
            there, good = follow(self.grey, self._right, points[left], start, self._tolerance)
            good &= np.abs(there[:, 1] - points[left, 1]) < self._max_row_error
            good &= points[left, 0] - there[:, 0] > MIN_DISPARITY
            matched[left[good]] = there[good, 0]
        return matched


class DepthView:
    """A grey picture and the depth (m, float32, 0 where there is none) of its pixels."""

    def __init__(self, grey: np.ndarray, depth: np.ndarray, rig: StereoRig) -> None:
        self.grey, self._depth, self._rig = evened(grey), depth, rig

    def match(self, points: Array, disparity: Array) -> Array:
        """Where a right camera would see the point, by its depth; none on an edge, where depth jumps."""
        height, width = self._depth.shape
        column = np.clip(np.rint(points[:, 0]).astype(int), 1, width - 2)
        row = np.clip(np.rint(points[:, 1]).astype(int), 1, height - 2)
        around = np.stack([self._depth[row + i, column + j] for i in (-1, 0, 1) for j in (-1, 0, 1)])
        depth = around[4]
        good = np.isfinite(around).all(axis=0) & (around > 0).all(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            good &= np.ptp(around, axis=0) < 0.05 * depth
            return np.where(good, points[:, 0] - self._rig.depth_disparity / depth, np.nan)

    match_new = match


def evened(grey: np.ndarray) -> np.ndarray:
    """The picture scaled to a common mean level, by a factor between 0.5 and 2."""
    mean = float(grey[::4, ::4].mean())
    return cv2.convertScaleAbs(grey, alpha=float(np.clip(_MEAN / max(mean, 1.0), 0.5, 2.0)))


def to_grey(picture: np.ndarray) -> np.ndarray:
    """Grey uint8 of a grey or RGB picture."""
    return picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
