"""Deliveries per hour over the time of a shift."""

from __future__ import annotations

import numpy as np

from .facts import Shift

_WINDOWS = (60.0, 120.0, 300.0, 600.0, 900.0)  # s
_RECOVERED = 0.85
"""A throughput is back at this share of what it was: the goal for the minutes after an incident."""
_SOON = 600.0
"""A fall that begins later than so many s after an incident is not counted as its doing."""


def window_of(until: float) -> float:
    """Length in s of the time over which deliveries of a shift of `until` s are averaged: about a twelfth."""
    return min(_WINDOWS, key=lambda window: abs(window - until / 12.0))


class Throughput:
    """The deliveries of a shift, averaged over the `window` s before each moment."""

    def __init__(self, shift: Shift) -> None:
        times = [order.delivered for order in shift.orders if order.delivered is not None]
        self.times = np.sort(np.array(times, float))
        self.until = shift.until
        self.window = window_of(shift.until)

    def at(self, time: np.ndarray | float) -> np.ndarray:
        """Orders per hour in the window before each time in s; early on, in the time since the start."""
        time = np.asarray(time, float)
        begin = np.maximum(time - self.window, 0.0)
        done = np.searchsorted(self.times, time, "right") - np.searchsorted(self.times, begin, "right")
        return done * 3600.0 / np.maximum(time - begin, 1e-9)

    def count(self, begin: float, end: float) -> int:
        """Orders done after `begin` and until `end`, s."""
        first, last = np.searchsorted(self.times, [begin, end], "right")
        return int(last - first)

    def curve(self, points: int = 240) -> tuple[np.ndarray, np.ndarray]:
        """Times in s and orders per hour to draw, from when a whole window is over."""
        begin = min(self.window, self.until)
        time = np.linspace(begin, max(self.until, begin + 1e-9), points)
        return time, self.at(time)

    def recovery(self, time: float) -> float | None:
        """Seconds from an incident at `time` until the throughput is back at 85 % of what it was.

        0.0 if it never fell below that within ten minutes; None if it did not come back, or if too little
        was delivered before to say.
        """
        before = float(self.at(time)) if time >= self.window else 0.0
        if before <= 0.0:
            return None
        moments = np.arange(time, self.until + 1e-9, 1.0)
        low = self.at(moments) < _RECOVERED * before
        soon = low[: int(_SOON) + 1]
        if not soon.any():
            return 0.0
        back = np.flatnonzero(~low[int(np.argmax(soon)) :])
        return None if back.size == 0 else float(np.argmax(soon) + back[0])
