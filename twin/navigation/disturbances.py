"""What goes wrong with cameras: nothing to see for a while, pictures that do not come, blur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

Kind = Literal["blackout", "featureless", "blur", "dropped"]
KINDS: tuple[Kind, ...] = ("blackout", "featureless", "blur", "dropped")
_GREY, _BLUR = 90, 6.0  # level of a wall without features; sigma in px
_NOISE = 2.0  # grey levels
_DROPPED = 0.4  # share of the pairs that do not come


@dataclass(frozen=True)
class Disturbance:
    """From `start` on, in s, for `seconds`."""

    kind: Kind
    start: float = 8.0
    seconds: float = 3.0

    def __call__(self, time: float, pictures: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Pictures as they arrive; none of them if the pair was dropped."""
        if not self.start <= time < self.start + self.seconds:
            return pictures
        rng = np.random.default_rng(round(1000 * time))
        if self.kind == "dropped":
            return {} if rng.random() < _DROPPED else pictures
        return {name: self._disturbed(picture, rng) for name, picture in pictures.items()}

    def _disturbed(self, picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if self.kind == "blur":
            return cv2.GaussianBlur(picture, (0, 0), _BLUR)
        level = 0.0 if self.kind == "blackout" else _GREY
        noisy = level + _NOISE * rng.standard_normal(picture.shape, np.float32)
        return np.clip(noisy, 0, 255).astype(np.uint8)
