"""Intervals of paired differences against closed forms, simulated coverage and SciPy's paired t-test."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from gaitway.twin.compare.intervals import Difference, paired
from scipy import stats


def _paired(a: Sequence[float | None], b: Sequence[float | None]) -> Difference:
    found = paired(a, b)
    assert found is not None
    return found


def test_two_and_three_pairs_by_hand() -> None:
    """Student's quantiles have closed forms for one and for two degrees of freedom."""
    two = _paired([5.0, 7.0], [5.0, 9.0])  # differences 0 and 2: mean 1, deviation of the mean 1
    half = math.tan(math.pi * 0.475)
    assert (two.a, two.b, two.difference, two.pairs) == (6.0, 7.0, 1.0, 2)
    assert (two.low, two.high) == (pytest.approx(1 - half), pytest.approx(1 + half))
    three = _paired([0.0, 0.0, 0.0], [1.0, 2.0, 3.0])  # mean 2, deviation of the mean 1 / sqrt 3
    half = 0.95 * math.sqrt(2 / (1 - 0.95**2)) / math.sqrt(3)
    assert (three.low, three.high) == (pytest.approx(2 - half), pytest.approx(2 + half))
    assert not two.is_distinguishable and not three.is_distinguishable


def test_of_a_hundred_intervals_ninety_five_hold() -> None:
    """And pairs that share their chance are told apart where unpaired runs would drown the difference."""
    rng = np.random.default_rng(0)
    common = rng.normal(0.0, 10.0, (3000, 6))
    a, b = common + rng.normal(size=common.shape), common + 1.5 + rng.normal(size=common.shape)
    found = [_paired(x.tolist(), y.tolist()) for x, y in zip(a, b, strict=True)]
    holds = np.mean([one.low < 1.5 < one.high for one in found])
    assert 0.935 < holds < 0.965  # four deviations of 3,000 draws are 1.6 points
    widths = np.median([one.high - one.low for one in found])
    assert widths < 5.0, "the common part, of deviation 10, cancels out"


def test_what_counts_as_more_than_chance_is_as_scipy_says() -> None:
    rng = np.random.default_rng(1)
    verdicts = []
    for _ in range(300):
        a = rng.normal(size=5)
        b = a + rng.normal(rng.uniform(-2, 2), 1.0, 5)
        verdicts.append(_paired(a.tolist(), b.tolist()).is_distinguishable)
        assert verdicts[-1] == (stats.ttest_rel(a, b).pvalue < 0.05)
    assert 50 < sum(verdicts) < 250


def test_swapped_variants_swap_the_sign() -> None:
    a, b = [3.0, 5.0, 4.0, 9.0], [4.0, 4.0, 8.0, 12.0]
    there, back = _paired(a, b), _paired(b, a)
    assert there.difference == -back.difference
    assert (there.low, there.high) == (-back.high, -back.low)
    assert there.is_distinguishable == back.is_distinguishable


def test_figures_that_are_missing_are_left_out_by_pairs() -> None:
    left = _paired([1.0, None, 3.0, 9.0], [2.0, 5.0, None, 9.5])
    assert left == _paired([1.0, 9.0], [2.0, 9.5]) and left.pairs == 2
    assert paired([None, 1.0, 2.0], [1.0, 3.0, None]) is None, "one pair says nothing about chance"


def test_equal_pairs_are_equal_and_few_like_differences_are_not_trusted() -> None:
    assert _paired([0.0] * 9, [0.0] * 9).is_equal
    assert not _paired([0.0] * 9, [0.0] * 9).is_distinguishable
    assert not _paired([0.0] * 5, [1.0] * 5).is_distinguishable
    many = _paired([0.0] * 6, [1.0] * 6)
    assert many.is_distinguishable and not many.is_equal
    assert stats.binomtest(6, 6).pvalue < 0.05 < stats.binomtest(5, 5).pvalue
