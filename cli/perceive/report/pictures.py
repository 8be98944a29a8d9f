"""Pictures for a page, small enough to be in it."""

from __future__ import annotations

import cv2
import numpy as np

from ....policies.page import Picture

_QUALITY = 85
_WIDEST = 1200  # px


def photo(pixels: np.ndarray, caption: str, alt: str) -> Picture:
    """A camera's picture, grey or RGB uint8, as JPEG."""
    done, content = cv2.imencode(".jpg", _bgr(pixels), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert done
    return Picture(content.tobytes(), caption, alt)


def drawing(pixels: np.ndarray, caption: str, alt: str) -> Picture:
    """A picture of few colours, grey or RGB uint8, as PNG; pixels that are large stay sharp."""
    done, content = cv2.imencode(".png", _bgr(pixels), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert done
    return Picture(content.tobytes(), caption, alt)


def _bgr(pixels: np.ndarray) -> np.ndarray:
    pixels = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    height, width = pixels.shape[:2]
    if width <= _WIDEST:
        return pixels
    return cv2.resize(pixels, (_WIDEST, round(height * _WIDEST / width)), interpolation=cv2.INTER_AREA)
