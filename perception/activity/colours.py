"""Appearance by colour: a histogram of hues, and of brightness where there is no hue."""

from __future__ import annotations

import cv2
import numpy as np

from ..poses import Array
from .detections import COLOURS

_HUES = 8
_GREY = 60  # saturation (of 255) below which a colour has no hue
_DARK, _BRIGHT = 70, 170  # brightness (of 255) between which a grey is grey


def colour_bins(rgb: np.ndarray) -> np.ndarray:
    """Bin (n,) in [0, COLOURS) of colours (n, 3) uint8."""
    if not len(rgb):
        return np.zeros(0, int)
    hue, saturation, value = cv2.cvtColor(rgb[:, None], cv2.COLOR_RGB2HSV)[:, 0].astype(int).T
    # Half a bin of offset: red lies on both ends of the circle of hues.
    bins = (hue * _HUES // 180 + (hue % (180 // _HUES) > 90 // _HUES)) % _HUES
    grey = _HUES + (value >= _DARK) + (value >= _BRIGHT)
    return np.where((saturation < _GREY) | (value < _DARK), grey, bins)


def histograms(labels: np.ndarray, bins: np.ndarray, count: int) -> Array:
    """Histogram (count, COLOURS), each of sum 1 or 0, of the points with label k."""
    table = np.bincount(labels * COLOURS + bins, minlength=count * COLOURS).reshape(count, COLOURS)
    return table / np.maximum(table.sum(axis=1, keepdims=True), 1)


def hellinger(first: Array, second: Array) -> Array:
    """Distance (m, n) in [0, 1] between histograms (m, b) and (n, b); 0 where either is unknown."""
    overlap = np.sqrt(first) @ np.sqrt(second).T
    known = (first.sum(axis=1) > 0)[:, None] & (second.sum(axis=1) > 0)
    return np.where(known, np.sqrt(np.clip(1.0 - overlap, 0.0, 1.0)), 0.0)
