"""Disparity of a stereo pair with its uncertainty, and the depth that follows from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erf


@dataclass(frozen=True, eq=False)
class DisparityMap:
    """What a matcher saw, in the left picture.

    Attributes:
        disparity: (height, width) float32, px; a point at column u lies at u - disparity in the right
            picture. Holes are filled by a guess; where nothing is known at all it is 0.
        valid: (height, width) bool; measured and consistent between both pictures, not filled.
        sigma: (height, width) float32, standard deviation in px; inf where not valid.
    """

    disparity: np.ndarray
    valid: np.ndarray
    sigma: np.ndarray

    @property
    def confidence(self) -> np.ndarray:
        """(height, width) in [0, 1]: probability that the error is below 1 px, were it Gaussian."""
        return erf(np.sqrt(0.5) / self.sigma)

    @property
    def density(self) -> float:
        """Share of the pixels that were measured."""
        return float(self.valid.mean())

    def depth(
        self, focal_length: float, baseline: float, offset: float = 0.0, with_filled: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Depth along the optical axis and its standard deviation, both (height, width) float32 in m.

        Z = f B / (d + offset), and to first order sigma_Z = Z^2 / (f B) sigma_d.

        Args:
            focal_length: of the rectified cameras, px.
            baseline: distance between them, m.
            offset: principal point of the right camera less that of the left, px (Middlebury's `doffs`).
            with_filled: give filled holes a depth, too, with a deviation of inf; otherwise they have 0.
        """
        shifted = self.disparity + np.float32(offset)
        there = (shifted > 0) & ((self.disparity > 0) if with_filled else self.valid)
        scale = np.float32(focal_length * baseline)
        depth = np.divide(scale, shifted, out=np.zeros_like(shifted), where=there)
        sigma = np.full(shifted.shape, np.inf, np.float32)
        np.multiply(depth**2 / scale, self.sigma, out=sigma, where=there & self.valid)
        return depth, sigma
