"""What a thing is, by its height, its footprint, and whether it ever moved."""

from __future__ import annotations

import numpy as np

from ..poses import Array

KINDS = ("amr", "forklift", "worker", "obstacle")
AMR, FORKLIFT, WORKER, OBSTACLE = range(4)
VEHICLES = (AMR, FORKLIFT)
TOP_SPEED = np.array([2.5, 3.5, 2.5, 0.3])
"""Of each kind, m/s: what limits how far it can get unseen."""

# Height, length and width of each kind in m, and how far they vary: loads on a deck, an arm held out, a fork
# truck with a pallet. An obstacle can have any size, so its density is low everywhere, but the higher, the
# less likely it is to have fallen.
_MEAN = np.array([[0.55, 0.85, 0.60], [2.20, 1.90, 1.10], [1.75, 0.60, 0.45]])
_SD = np.array([[0.25, 0.08, 0.06], [0.25, 0.50, 0.20], [0.16, 0.22, 0.15]])
_OBSTACLE = -2.5  # log density
_LOW, _HIGH_SD = 1.3, 0.3  # m: obstacles are lower, or how far they are higher
_MOVED = 0.6  # m from where it was first seen that a thing must get to be no obstacle, ever
_FORGET = 0.9
FLAT = 0.08
"""What is lower lies: a spill, m."""
STANDS = 1.3
"""A person who is higher stands, m."""
_PRONE = np.array([[0.12, 1.2, 0.2], [0.65, 2.2, 1.1]])  # least and most height, length and width, m


def log_likelihood(height: Array, size: Array) -> Array:
    """(n, 4) of things `height` (n,) m high on footprints `size` (n, 2) m, up to a constant."""
    shape = np.column_stack([height, size])[:, None]
    error = np.clip((shape - _MEAN) / _SD, -6, 6)
    known = -0.5 * (error**2).sum(axis=2)
    known[height < FLAT] = -20.0
    obstacle = _OBSTACLE - 0.5 * (np.maximum(height - _LOW, 0.0) / _HIGH_SD) ** 2
    return np.column_stack([known, obstacle])


def is_prone(height: Array, size: Array) -> np.ndarray:
    """(n,) whether things `height` (n,) m high on footprints `size` (n, 2) m may be people who lie."""
    shape = np.column_stack([height, size])
    return ((shape > _PRONE[0]) & (shape < _PRONE[1])).all(axis=1)


class KindBelief:
    """Which kind one track is, as evidence gathers."""

    def __init__(self) -> None:
        self._score = np.zeros(len(KINDS))

    def add(self, log_likelihood: Array, given: int) -> None:
        """Add one look (4,); `given` is what a detector says, -1 for nothing."""
        look = log_likelihood - log_likelihood.max()
        if given >= 0:
            look = np.where(np.arange(len(KINDS)) == given, 0.0, -3.0)
        self._score = _FORGET * self._score + np.maximum(look, -6.0)

    def kind(self, moved: float) -> int:
        """The most likely one of a track that got `moved` m away from where it was first seen."""
        score = self._score.copy()
        if moved > _MOVED:
            score[OBSTACLE] = -np.inf
        return int(np.argmax(score))
