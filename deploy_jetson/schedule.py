"""Ticks at absolute deadlines.

Sleeping for a relative time after the work drifts: every tick adds its own error. Deadlines on a fixed grid
do not, and a short spin before each hides the scheduler's wake-up delay.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

SPIN_S = 1.5e-3
"""Last stretch before a deadline that is waited for awake."""


class Ticker:
    """Waits for the deadlines `start + k * period`.

    `overruns` counts ticks whose work ended after their deadline, `overruns_in_row` those since the last that
    met it; `due` is the deadline that the last tick was for, and `began` when it began, s. After an overrun
    the next deadline is the next one of the grid: missed ticks are not made up for.
    A ticker with `realtime=False` never waits and never overruns: for lockstep with a simulator.
    """

    def __init__(
        self,
        period: float,
        realtime: bool = True,
        now: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.period, self.realtime = period, realtime
        self.overruns = self.overruns_in_row = 0
        self._now, self._sleep = now, sleep
        self.due = self.began = 0.0
        self._deadline: float | None = None

    def wait(self) -> float:
        """Return at the next deadline, or at once if it has passed; gives the time of return in s."""
        self.began = self._wait()
        return self.began

    def _wait(self) -> float:
        now = self._now()
        if not self.realtime or self._deadline is None:  # the first tick starts the grid
            self.due, self._deadline = now, now + self.period
            return now
        self.due = self._deadline
        if now > self._deadline:
            self.overruns += 1
            self.overruns_in_row += 1
            self._deadline += self.period * np.ceil((now - self._deadline) / self.period)
            return now
        self.overruns_in_row = 0
        if self._deadline - now > SPIN_S:
            self._sleep(self._deadline - now - SPIN_S)
        while (now := self._now()) < self._deadline:
            pass
        self._deadline += self.period
        return now
