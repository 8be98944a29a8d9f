from __future__ import annotations

import numpy as np
import pytest
from gaitway.deploy_jetson.schedule import SPIN_S, Ticker


class Clock:
    """Time that passes only when told to; sleeping oversleeps by `late` s, looking at it takes 1 us."""

    def __init__(self, late: float = 0.0) -> None:
        self.time, self.late, self.slept = 100.0, late, 0.0

    def now(self) -> float:
        self.time += 1e-6
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.time += seconds + self.late


def _ticker(clock: Clock, realtime: bool = True) -> Ticker:
    return Ticker(0.02, realtime, clock.now, clock.sleep)


@pytest.mark.parametrize("late", [0.0, 1e-4, 1e-3])
def test_ticks_do_not_drift(late: float) -> None:
    """Wake-ups that come late by less than the spin cost nothing: tick k starts at k * period."""
    clock = Clock(late)
    ticker = _ticker(clock)
    starts = []
    for k in range(1000):
        starts.append(ticker.wait())
        clock.time += 0.003 + 0.01 * (k % 2)
    np.testing.assert_allclose(np.array(starts) - starts[0], 0.02 * np.arange(1000), atol=5e-6)
    assert ticker.overruns == 0


def test_most_of_the_wait_is_slept() -> None:
    clock = Clock()
    ticker = _ticker(clock)
    for _ in range(101):
        ticker.wait()
    assert clock.slept == pytest.approx(100 * (0.02 - SPIN_S), rel=1e-3)


def test_overruns_are_counted_and_the_grid_is_kept() -> None:
    clock = Clock()
    ticker = _ticker(clock)
    start = ticker.wait()
    clock.time += 0.05  # over the deadlines at 0.02 and 0.04
    late = ticker.wait()
    assert late - start == pytest.approx(0.05, abs=5e-6), "a late tick starts at once"
    assert (ticker.overruns, ticker.overruns_in_row) == (1, 1)
    clock.time += 0.005
    assert ticker.wait() - start == pytest.approx(0.06, abs=5e-6), "missed ticks are not made up for"
    assert (ticker.overruns, ticker.overruns_in_row) == (1, 0)


def test_overruns_in_a_row() -> None:
    clock = Clock()
    ticker = _ticker(clock)
    ticker.wait()
    rows = []
    for work in (0.025, 0.025, 0.025, 0.001):
        clock.time += work
        ticker.wait()
        rows.append(ticker.overruns_in_row)
    assert rows == [1, 2, 3, 0]


def test_lockstep_never_waits() -> None:
    clock = Clock()
    ticker = _ticker(clock, realtime=False)
    for _ in range(10):
        ticker.wait()
        clock.time += 1.0
    assert (clock.slept, ticker.overruns) == (0.0, 0)
