"""Cuts what looks like one thing where several may touch: at jumps in depth, changes of colour, and necks."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ...perception.pose.segment import components

_JUMP = 0.008  # m between a pixel's neighbours
_COLOUR = 9.0  # of CIELAB's a and b between a pixel's neighbours: brightness changes with the light
_NECKS = (4, 8, 13)  # px, half of the width of what is taken for a neck
_FEWEST = 250  # pixels of a part
_SPECK = 60  # pixels of what a part may grow from
_SAME = 0.9  # intersection over union


def connected(mask: np.ndarray, fewest: int = _FEWEST) -> list[np.ndarray]:
    """Connected parts (height, width) of a mask, the largest first, without specks."""
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return components(opened, fewest)


def closed(mask: np.ndarray) -> np.ndarray:
    """A mask without the holes of single pixels that depth has."""
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)).astype(bool)


def parts(blob: np.ndarray, depth: np.ndarray, rgb: np.ndarray) -> list[np.ndarray]:
    """Masks (height, width) of what a connected mask may consist of, each once, the whole not among them.

    Args:
        blob: (height, width) bool.
        depth: (height, width) m. rgb: (height, width, 3) uint8.
    """
    found: list[np.ndarray] = []
    blob = closed(blob)
    for cut in _cuts(blob, depth, rgb):
        grown = _grown(blob, connected(blob & ~cut, _SPECK))
        for part in grown if len(grown) > 1 else ():
            if part.sum() >= _FEWEST and not any(_overlap(part, other) > _SAME for other in found):
                found.append(part)
    return found


def _cuts(blob: np.ndarray, depth: np.ndarray, rgb: np.ndarray) -> Iterator[np.ndarray]:
    """Pixels to cut along: one mask for each reason, and one for depth and colour together."""
    jumps = _range(cv2.medianBlur(depth.astype(np.float32), 5)) > _JUMP
    lab = cv2.cvtColor(cv2.medianBlur(rgb, 5).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    colours = np.hypot(_range(lab[..., 1]), _range(lab[..., 2])) > _COLOUR
    yield jumps
    yield colours
    yield jumps | colours
    inside = cv2.distanceTransform(blob.astype(np.uint8), cv2.DIST_L2, 5)
    for neck in _NECKS:
        yield inside < neck


def _range(picture: np.ndarray) -> np.ndarray:
    """Largest less smallest of the 3 x 3 pixels about each."""
    return cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))


def _grown(blob: np.ndarray, seeds: list[np.ndarray]) -> list[np.ndarray]:
    """The seeds, each with the pixels of the blob that are nearest to it."""
    if len(seeds) < 2:
        return seeds
    away = np.stack([cv2.distanceTransform((~seed).astype(np.uint8), cv2.DIST_L2, 5) for seed in seeds])
    nearest = away.argmin(axis=0)
    return [blob & (nearest == k) for k in range(len(seeds))]


def _overlap(first: np.ndarray, second: np.ndarray) -> float:
    return float((first & second).sum() / max((first | second).sum(), 1))
