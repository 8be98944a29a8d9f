"""Durations of a run of any length in a fixed amount of memory: spread, percentiles and histogram."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

LOWEST_S = 1e-7
BINS_PER_DECADE = 100
_DECADES = 9


@dataclass(frozen=True)
class Spread:
    """Mean, standard deviation, 99th percentile and maximum of a series of durations, s.

    The percentile is a histogram's: at most one bin, 2.3 %, above the true one.
    """

    mean: float
    sd: float
    p99: float
    max: float


@dataclass(frozen=True)
class Bins:
    """A histogram from the first bin to the last that holds something: one edge more than counts, s."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


class Histogram:
    """Counts durations in bins that each are 2.3 % wider than the one before, from 0.1 us to 100 s.

    The first and the last bin also count what is shorter and longer.
    """

    def __init__(self) -> None:
        self._counts = np.zeros(_DECADES * BINS_PER_DECADE, np.int64)
        self._number, self._mean, self._squares, self._max = 0, 0.0, 0.0, 0.0

    def add(self, duration: float) -> None:
        """Count one duration, s."""
        place = math.log10(max(duration, LOWEST_S) / LOWEST_S) * BINS_PER_DECADE
        self._counts[min(int(place), len(self._counts) - 1)] += 1
        self._number += 1
        before = duration - self._mean
        self._mean += before / self._number  # Welford: no sum that loses its last digits
        self._squares += before * (duration - self._mean)
        self._max = max(self._max, duration)

    def percentile(self, share: float) -> float:
        """Upper edge of the bin in which that share (0 to 1) of all durations is reached, s; 0 if none."""
        if not self._number:
            return 0.0
        reached = np.cumsum(self._counts) >= share * self._number
        return min(_edge(int(np.argmax(reached)) + 1), self._max)

    def spread(self) -> Spread:
        """Summary; all zero if there are no durations."""
        sd = math.sqrt(self._squares / self._number) if self._number else 0.0
        return Spread(self._mean, sd, self.percentile(0.99), self._max)

    def bins(self) -> Bins:
        """Edges and counts."""
        held = np.flatnonzero(self._counts)
        if not len(held):
            return Bins((), ())
        first, last = int(held[0]), int(held[-1])
        edges = tuple(_edge(place) for place in range(first, last + 2))
        return Bins(edges, tuple(int(count) for count in self._counts[first : last + 1]))


def _edge(place: int) -> float:
    return LOWEST_S * 10 ** (place / BINS_PER_DECADE)
