"""Rectified pairs whose disparities are known in closed form."""

from __future__ import annotations

import cv2
import numpy as np


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Grey noise with detail at several scales, (height, width) float32 in [0, 255]."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(rng.standard_normal((height // k + 1, width // k + 1)).astype(np.float32), (width, height))
        for k in (1, 3, 9)
    ]
    picture = cv2.GaussianBlur(np.sum(layers, axis=0), (0, 0), 0.8)
    return np.clip(128 + 45 * picture, 0, 255)


def slanted_pair(height: int = 120, width: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left, right and disparities of a plane, 10 px at the left border to 20 px at the right one."""
    columns = np.tile(np.arange(width, dtype=np.float32), (height, 1))
    rows = np.tile(np.arange(height, dtype=np.float32)[:, None], (1, width))
    truth = 10 + 10 * columns / width
    # The right picture is a part of the texture; the left one shows at u what the right one has at u - d(u).
    wide = texture(height, width + 64)
    left = cv2.remap(wide, columns - truth + 32, rows, cv2.INTER_CUBIC)
    return _grey(left), _grey(wide[:, 32 : 32 + width]), truth


def box_pair(
    height: int = 120, width: int = 200, near: int = 24, far: int = 8
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left, right and disparities of a box in front of a wall, both facing the cameras."""
    wall, face = texture(height, width + 64, 1), texture(height, width, 2)
    truth = np.full((height, width), float(far), np.float32)
    rows, columns = slice(30, 90), slice(90, 150)
    truth[rows, columns] = near
    left = wall[:, 64 - far : 64 - far + width].copy()
    left[rows, columns] = face[rows, columns]
    right = wall[:, 64 : 64 + width].copy()
    right[rows, 90 - near : 150 - near] = face[rows, columns]
    return _grey(left), _grey(right), truth


def _grey(picture: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)
