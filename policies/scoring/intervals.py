"""Confidence intervals of what is averaged over episodes.

Episodes are independent: each world draws its own commands, noise and randomization. So those of several
seeds are pooled, and the interval speaks of the chance in the evaluation, not of that in training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A measure and the ends of its 95 % confidence interval; NaN where nothing was seen."""

    value: float
    low: float
    high: float
    unit: str = ""


def rate_interval(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's score interval of a rate (Wilson 1927), which holds near 0 and 1 and for few trials."""
    if trials == 0:
        return np.nan, np.nan
    interval = stats.binomtest(successes, trials).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def ratio_interval(sums: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    """Student's t interval of sum(sums) / sum(counts) over independent episodes.

    Episodes differ in how much they hold of what is averaged (steps, swings), so the variance is that of
    the ratio estimator to first order (Cochran, Sampling Techniques, 1977, section 6.3). With equal counts
    it is the t interval of the episodes' means.
    """
    episodes, total = len(sums), float(counts.sum())
    if episodes < 2 or total == 0:
        return np.nan, np.nan
    ratio = float(sums.sum()) / total
    spread = np.sqrt(np.square(sums - ratio * counts).sum() / (episodes - 1))
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, episodes - 1) * np.sqrt(episodes) * spread) / total
    return ratio - half, ratio + half
