"""A histogram of durations, against NumPy on all of them."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from gaitway.deploy_jetson.histogram import Bins, Histogram, Spread


@pytest.mark.parametrize("scale", [1e-5, 1e-3, 0.02])
def test_summary(scale: float) -> None:
    values = 1e-7 + np.random.default_rng(0).exponential(scale, size=5000)
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    spread = histogram.spread()
    assert spread.mean == pytest.approx(values.mean())
    assert spread.sd == pytest.approx(values.std())
    assert spread.max == values.max()
    exact = np.percentile(values, 99, method="inverted_cdf")
    assert exact <= spread.p99 <= 1.024 * exact
    bins = histogram.bins()
    np.testing.assert_array_equal(bins.counts, np.histogram(values, bins.edges)[0])
    assert sum(bins.counts) == 5000


def test_a_small_spread_on_a_large_mean_keeps_its_digits() -> None:
    """Periods of 20 ms with 1 us of jitter: a sum of squares would lose it."""
    values = 0.02 + np.random.default_rng(1).normal(0.0, 1e-6, size=20_000)
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    assert histogram.spread().sd == pytest.approx(values.std(), rel=1e-6)


def test_nothing_and_extremes() -> None:
    histogram = Histogram()
    assert histogram.spread() == Spread(0.0, 0.0, 0.0, 0.0)
    assert histogram.bins() == Bins((), ())
    for value in (0.0, -1e-9, 1e6):
        histogram.add(value)
    assert sum(histogram.bins().counts) == 3
    assert histogram.spread().max == 1e6


def test_memory_does_not_grow() -> None:
    histogram = Histogram()
    size = sys.getsizeof(histogram._counts)
    for value in np.geomspace(1e-8, 1e3, 1000):
        histogram.add(value)
    assert sys.getsizeof(histogram._counts) == size
