"""Which ticks a virtual machine could not keep, because its hypervisor gave its cores to others."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .histogram import Histogram


class StealWatch:
    """Tells ticks that the hypervisor disturbed from those it left alone, as the kernel counts stolen time.

    The kernel counts in steps of 10 ms and with a delay, so a tick counts as disturbed if anything was stolen
    from any core during it or the tick before. On a machine of its own no tick is.

    Args:
        overruns: how many ticks have been missed so far.
        clock: time stolen from all cores since boot, in any unit.
        now: time, s.
    """

    def __init__(
        self,
        overruns: Callable[[], int],
        clock: Callable[[], float] | None = None,
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._overruns, self._clock, self._now = overruns, clock or stolen_seconds, now
        self._began = self._last = self._before = self._clock()
        self._start: float | None = None
        self._missed = self._excused = 0
        self._undisturbed = Histogram()

    def tick(self) -> None:
        """A tick began. Call it at the start of each, after its overrun was counted."""
        start, stolen, missed = self._now(), self._clock(), self._overruns()
        if stolen > self._before:
            self._excused += missed - self._missed
        elif self._start is not None:
            self._undisturbed.add(start - self._start)
        self._start, self._missed = start, missed
        self._before, self._last = self._last, stolen

    def as_json(self) -> dict[str, Any]:
        """Time stolen meanwhile, s; ticks missed while it was; and tick to tick, s, while nothing was."""
        return {
            "stolen_s": self._last - self._began,
            "missed_while_stolen": self._excused,
            "undisturbed_period": asdict(self._undisturbed.spread()),
        }


def stolen_seconds() -> float:
    """CPU time, s, of all cores since boot that a hypervisor gave to others; 0 on a machine of its own."""
    with Path("/proc/stat").open("rb", buffering=0) as file:
        return int(file.read(256).split(maxsplit=9)[8]) / os.sysconf("SC_CLK_TCK")
