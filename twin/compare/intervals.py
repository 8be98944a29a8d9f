"""Is a difference between two variants more than chance?

Both are run with the same seeds, so that each pair of runs meets the same orders and people: what is common
to both cancels out. The interval of the mean difference is Student's t of the pairs (Law, Simulation Modeling
and Analysis, 5th ed. 2015, sections 10.2.1, paired-t confidence interval, and 11.2, common random numbers).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

LEVEL = 0.95
"""Of the intervals, each by itself."""
_SIGN_PAIRS = 6
"""Pairs from which on equal signs alone are no chance: 2 * 0.5**6 < 1 - LEVEL (sign test)."""


@dataclass(frozen=True)
class Difference:
    """Of the means of two variants, B - A, with its interval.

    Attributes:
        pairs: of runs from which it was taken.
        a, b: means. difference: b - a. low, high: ends of the interval.
        is_distinguishable: whether it is more than chance.
    """

    pairs: int
    a: float
    b: float
    difference: float
    low: float
    high: float
    is_distinguishable: bool

    @property
    def is_equal(self) -> bool:
        """Whether no pair differed at all."""
        return self.low == self.high == 0.0


def paired(a: Sequence[float | None], b: Sequence[float | None]) -> Difference | None:
    """The difference of (n,) figures of A and (n,) of B, run by run; None where one had none is left out.

    None if fewer than two pairs are left. Differences that are all alike have an interval without width,
    which would be too sure of few runs: they count from six pairs on.
    """
    both = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    if len(both) < 2:
        return None
    first, second = np.array(both, float).T
    each, n = second - first, len(both)
    means = float(first.mean()), float(second.mean()), float(each.mean())
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2) * each.std(ddof=1) / np.sqrt(n))
    low, high = means[2] - half, means[2] + half
    is_more = (low > 0 or high < 0) and (np.ptp(each) > 0 or n >= _SIGN_PAIRS)
    return Difference(n, *means, low, high, bool(is_more))
