"""Bins and totes: boxes without a lid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .catalogue import Vec3

WALL = 0.01
"""Thickness of walls and bottom, m."""


@dataclass(frozen=True)
class OpenBox:
    """A box without a lid that stands on the floor.

    Attributes:
        middle: (x, y) in m.
        size: of the inside along X, Y and Z, in m; its bottom is `WALL` above the floor.
    """

    middle: tuple[float, float]
    size: Vec3

    @property
    def low(self) -> np.ndarray:
        """Corner (3,) of the inside with the least coordinates, m."""
        return np.array([self.middle[0] - self.size[0] / 2, self.middle[1] - self.size[1] / 2, WALL])

    @property
    def high(self) -> np.ndarray:
        """Corner (3,) of the inside with the greatest, at the rim, m."""
        return self.low + self.size

    def walls(self) -> dict[str, tuple[Vec3, Vec3]]:
        """Centre and size in m of the bottom and the four walls by name."""
        (x, y, z), (u, v) = self.size, self.middle
        wide, deep = x + 2 * WALL, y + 2 * WALL
        return {
            "bottom": ((u, v, WALL / 2), (wide, deep, WALL)),
            "left": ((u - (x + WALL) / 2, v, WALL + z / 2), (WALL, deep, z)),
            "right": ((u + (x + WALL) / 2, v, WALL + z / 2), (WALL, deep, z)),
            "front": ((u, v - (y + WALL) / 2, WALL + z / 2), (wide, WALL, z)),
            "back": ((u, v + (y + WALL) / 2, WALL + z / 2), (wide, WALL, z)),
        }
