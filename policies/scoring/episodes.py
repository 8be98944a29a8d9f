"""Episodes as rows: what each adds to each measure, so that any selection of them can be averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .intervals import Estimate, rate_interval, ratio_interval


@dataclass(frozen=True)
class Measure:
    """One measure of many episodes: the sum of `sums` over the sum of `counts`, both (episodes,).

    A rate has sums of 0 or 1 and counts of 1.
    """

    sums: np.ndarray
    counts: np.ndarray
    unit: str = ""
    is_rate: bool = False

    @staticmethod
    def rate(happened: torch.Tensor) -> Measure:
        """The share of episodes in which something `happened` (episodes,)."""
        sums = happened.cpu().numpy().astype(float)
        return Measure(sums, np.ones_like(sums), is_rate=True)

    @staticmethod
    def of_episodes(values: torch.Tensor, unit: str = "") -> Measure:
        """The mean of one value per episode, (episodes,); NaN where an episode has none."""
        array = values.cpu().numpy().astype(float)
        has = np.isfinite(array)
        return Measure(np.where(has, array, 0.0), has.astype(float), unit)

    def estimate(self) -> Estimate:
        """The measure with its confidence interval."""
        total = float(self.counts.sum())
        value = float(self.sums.sum()) / total if total else np.nan
        if self.is_rate:
            low, high = rate_interval(round(self.sums.sum()), round(total))
        else:
            low, high = ratio_interval(self.sums, self.counts)
        return Estimate(value, low, high, self.unit)


class Tally:
    """Sum and count of a per-world quantity over the steps at which a mask holds."""

    def __init__(self, num_envs: int, device: torch.device) -> None:
        self.sums = torch.zeros(num_envs, device=device, dtype=torch.float64)
        self.counts = torch.zeros_like(self.sums)

    def add(self, values: torch.Tensor, mask: torch.Tensor, counts: torch.Tensor | float = 1.0) -> None:
        """Add `values` (num_envs,) where `mask` (num_envs,) holds; `counts` are what they are measured by."""
        self.sums += torch.where(mask, values, 0.0)
        self.counts += mask * counts

    def measure(self, unit: str = "") -> Measure:
        """The measure that has been summed up."""
        return Measure(self.sums.cpu().numpy(), self.counts.cpu().numpy(), unit)


Episodes = dict[str, Measure]
"""Name of a measure -> what each episode adds to it."""

Score = dict[str, Estimate]
"""Name of a measure -> its mean with a confidence interval."""


def select(episodes: Episodes, rows: np.ndarray) -> Episodes:
    """Only the episodes `rows`, a mask or indices."""
    return {
        name: Measure(measure.sums[rows], measure.counts[rows], measure.unit, measure.is_rate)
        for name, measure in episodes.items()
    }


def join(parts: Sequence[Episodes]) -> Episodes:
    """The episodes of all `parts`, which have the same measures."""
    return {
        name: Measure(
            np.concatenate([part[name].sums for part in parts]),
            np.concatenate([part[name].counts for part in parts]),
            first.unit,
            first.is_rate,
        )
        for name, first in parts[0].items()
    }


def score(episodes: Episodes) -> Score:
    """Every measure's mean with its confidence interval."""
    return {name: measure.estimate() for name, measure in episodes.items()}
