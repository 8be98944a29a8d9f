"""Confidence intervals against published figures, SciPy, and their own promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from gaitway.policies.scoring.episodes import Measure, Tally, join, score, select
from gaitway.policies.scoring.intervals import rate_interval, ratio_interval
from scipy import stats


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (9, 10), (250, 256), (256, 256)])
def test_rates_have_wilsons_interval(successes: int, trials: int) -> None:
    """Written out: (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)."""
    z, p = 1.959963985, successes / trials
    middle = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    assert rate_interval(successes, trials) == pytest.approx((middle - half, middle + half), abs=1e-9)


def test_no_failure_in_ten_says_little() -> None:
    """The 'rule of three's better brother: 10 of 10 leaves room for a rate of 0.72 (Newcombe 1998)."""
    assert rate_interval(10, 10) == pytest.approx((0.7225, 1.0), abs=5e-5)


def test_equal_counts_give_students_interval() -> None:
    values = np.random.default_rng(0).normal(3.0, 0.5, 12)
    expected = stats.t.interval(0.95, 11, values.mean(), stats.sem(values))
    assert ratio_interval(7 * values, np.full(12, 7.0)) == pytest.approx(expected)


def test_interval_of_a_ratio_covers_the_truth() -> None:
    """Episodes of very different length, whose mean depends on it: 95 % of 2,000 intervals hold it."""
    draw = np.random.default_rng(1)
    counts = draw.integers(1, 200, (2000, 40)).astype(float)
    sums = counts * (1.0 + counts / 200 + draw.normal(0.0, 0.3, counts.shape))
    steps = np.arange(1, 200)
    truth = (steps * (1 + steps / 200)).sum() / steps.sum()
    covered = [low <= truth <= high for low, high in map(ratio_interval, sums, counts)]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)


def test_nothing_seen_is_no_number() -> None:
    estimate = Tally(3, torch.device("cpu")).measure("m").estimate()
    assert np.isnan([estimate.value, estimate.low, estimate.high]).all()
    assert np.isnan(ratio_interval(np.ones(1), np.ones(1))).all(), "one episode has no spread"


def test_episodes_can_be_selected_and_joined() -> None:
    """Means over the parts are those of brute force over the rows."""
    survived = torch.tensor([True, False, True, True])
    episodes = {
        "rate": Measure.rate(survived),
        "time": Measure.of_episodes(torch.tensor([1.0, torch.nan, 3.0, 8.0])),
    }
    first, rest = select(episodes, np.array([0, 1])), select(episodes, np.array([False, False, True, True]))
    assert score(first)["rate"].value == 0.5
    assert score(first)["time"].value == 1.0
    both = score(join([first, rest]))
    assert (both["rate"].value, both["time"].value) == (0.75, 4.0)
    assert (both["rate"].low, both["rate"].high) == rate_interval(3, 4)
