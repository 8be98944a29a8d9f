"""Pictures of disparities."""

from __future__ import annotations

import cv2
import numpy as np


def disparity_picture(disparity: np.ndarray, top: float) -> np.ndarray:
    """(height, width, 3) RGB uint8: blue is 0, red is `top` px, black is unknown."""
    known = np.isfinite(disparity) & (disparity > 0)
    level = np.clip(np.where(known, disparity, 0) * (255 / top), 0, 255).astype(np.uint8)
    coloured = cv2.cvtColor(cv2.applyColorMap(level, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
    return np.where(known[..., None], coloured, np.uint8(0))
