"""Pictures and their masks turned, scaled and mirrored, in other light, colours, and focus."""

from __future__ import annotations

import cv2
import numpy as np

_LUMA = np.array([0.299, 0.587, 0.114])


def augmented(
    picture: np.ndarray, mask: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A picture (height, width, 3) float32 from 0 to 1, and its mask (height, width) float32, 0 to 1.

    Args:
        picture: (height, width, 3) uint8 RGB.
        mask: (height, width) uint8, 255 where it shows an object, less where partly.
        rng: of all that is random.
    """
    height, width = mask.shape
    matrix = _placement(width, height, rng)
    size, border = (width, height), cv2.BORDER_REFLECT_101
    colours = cv2.warpAffine(picture, matrix, size, borderMode=border).astype(np.float32) / np.float32(255)
    target = cv2.warpAffine(mask, matrix, size, borderMode=border).astype(np.float32) / np.float32(255)
    colours = cv2.transform(colours, _recolouring(rng))
    colours *= _illumination(width, height, rng)[..., None]
    if (blur := rng.uniform(-1.0, 1.0)) > 0.3:
        colours = cv2.GaussianBlur(colours, (0, 0), blur)
    colours = np.power(np.clip(colours, 0.0, 1.0), np.float32(np.exp(rng.uniform(-0.3, 0.3))))
    colours += np.float32(rng.uniform(0.0, 0.03)) * rng.standard_normal(colours.shape, np.float32)
    return np.clip(colours, 0.0, 1.0), target


def _placement(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """(2, 3) `augmented_from_picture`, px."""
    scale, turn = np.exp(rng.uniform(-0.35, 0.6)), rng.uniform(-180, 180) if rng.random() < 0.5 else 0.0
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
    matrix[:, 2] += rng.uniform(-0.15, 0.15, 2) * [width, height]
    if rng.random() < 0.5:
        matrix[0] = [-1, 0, width - 1] @ np.vstack([matrix, [0, 0, 1]])[[0, 1, 2]]
    return matrix


def _recolouring(rng: np.random.Generator) -> np.ndarray:
    """(3, 4) for `cv2.transform`: another hue, saturation, white balance, exposure and contrast."""
    # By little: the objects are known by their colours, too, and the data set has all others already.
    turn = cv2.Rodrigues(rng.normal(0.0, 0.1) * np.ones(3) / np.sqrt(3))[0]  # about the axis of the greys
    saturation = rng.uniform(0.5, 1.3)
    colour = saturation * turn + (1 - saturation) * np.tile(_LUMA, (3, 1))
    gain = rng.uniform(0.65, 1.3) * rng.uniform(0.9, 1.1, 3)
    return np.hstack([gain[:, None] * colour, np.full((3, 1), rng.uniform(-0.08, 0.08))])


def _illumination(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """(height, width) float32 share of the light: a few patches of shadow, hard or soft at their edges."""
    coarse = rng.standard_normal((int(rng.integers(2, 6)), int(rng.integers(2, 7)))).astype(np.float32)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    steepness = np.float32(np.exp(rng.uniform(-0.7, 3.3)))
    lit = 0.5 + 0.5 * np.tanh(steepness * (field - np.float32(rng.uniform(-1.5, 1.0))))
    return 1.0 - np.float32(rng.uniform(0.0, 0.5)) * (1.0 - lit)
