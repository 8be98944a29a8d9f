"""Points that fill a range evenly and do not depend on a generator: Halton's, turned by a seed."""

from __future__ import annotations

import numpy as np
from numba import njit

PRIMES = np.array([3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89])
"""Bases, one for each joint. Not 2: trees take turns, and each would see but one half of a joint's range."""


def turned(seed: int, dof: int) -> np.ndarray:
    """How far (n,) a seed turns each coordinate (Cranley and Patterson 1976); seed 0 not at all."""
    return np.random.default_rng(seed).random(dof) if seed else np.zeros(dof)


@njit
def halton(index: int, dimension: int, shift: float) -> float:
    """Coordinate of a point of Halton's sequence, from 0 to 1: digits of the index mirrored at the point.

    Args:
        index: of the point, from 0.
        dimension: less than the number of `PRIMES`.
        shift: added, modulo 1.
    """
    base, left = PRIMES[dimension], index + 1
    value, digit = shift, 1.0
    while left > 0:
        digit /= base
        value += digit * (left % base)
        left //= base
    return value - np.floor(value)
