"""What a real depth and colour camera would have made of a perfect picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...perception.activity.view import Picture

_BANK = 24  # noise pictures that are drawn from: drawing new noise costs more than the pictures themselves


@dataclass(frozen=True)
class SensorCfg:
    """Noise of a ceiling camera.

    Attributes:
        depth_noise: standard deviation of depth as a share of it.
        missing: share of depth pixels without a reading.
        colour_noise: standard deviation, grey levels.
    """

    depth_noise: float = 0.003
    missing: float = 0.005
    colour_noise: float = 3.0


class Sensor:
    """Adds noise to pictures of `height` x `width` px; depth comes in whole millimetres."""

    def __init__(self, cfg: SensorCfg, height: int, width: int, rng: np.random.Generator) -> None:
        self._rng = rng
        shape = (_BANK, height, width)
        self._scale = 1 + cfg.depth_noise * rng.standard_normal(shape, dtype=np.float32)
        self._scale[rng.random(shape, dtype=np.float32) < cfg.missing] = 0.0
        noise = rng.standard_normal((*shape, 3), dtype=np.float32) * cfg.colour_noise
        self._colour = np.round(noise).astype(np.int16)

    def take(self, depth: np.ndarray, rgb: np.ndarray) -> Picture:
        """A noisy picture of perfect depth (height, width) in m and rgb (height, width, 3) uint8."""
        k, j = self._rng.integers(_BANK, size=2)
        noisy = np.round(depth * self._scale[k], 3)
        return Picture(noisy, np.clip(rgb + self._colour[j], 0, 255).astype(np.uint8))
