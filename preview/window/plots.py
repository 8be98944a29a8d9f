"""Live plots of the last seconds of one world."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import viser

from .session import Signals

_SECONDS = 8.0
_POINTS = 160  # of a curve: more would not be seen
_COLOURS = ("#d9480f", "#1971c2", "#2f9e44", "#9c36b5", "#e8a30c", "#0c8599", "#868e96", "#c2255c", "#5c940d")


class Plots:
    """One chart per entry of the signals, one curve per value, over the last seconds of simulated time.

    Args:
        server: where the charts go, in the container that is open.
        signals: an example: it says which charts and curves there are.
        step_dt: seconds between signals.
    """

    def __init__(self, server: viser.ViserServer, signals: Signals, step_dt: float) -> None:
        self._every = max(1, round(_SECONDS / step_dt / _POINTS))
        self._history: deque[np.ndarray] = deque(maxlen=_POINTS)
        self._dt = step_dt * self._every
        self._steps = 0
        self._charts = {
            title: (_chart(server, title, list(curves)), len(curves)) for title, curves in signals.items()
        }

    def add(self, time: float, signals: Signals) -> None:
        """Note what holds at `time` s; every few steps are kept."""
        self._steps += 1
        if self._steps % self._every == 0:
            values = [value for curves in signals.values() for value in curves.values()]
            self._history.append(np.array([time, *values]))

    def draw(self) -> None:
        """Send the charts."""
        if len(self._history) < 2:
            return
        time, *values = np.stack(self._history, axis=1)
        first = 0
        for handle, count in self._charts.values():
            handle.data = (time, *values[first : first + count])
            first += count

    def clear(self) -> None:
        """Forget the past: another world is shown, or time begins anew."""
        self._history.clear()


def _chart(server: viser.ViserServer, title: str, curves: list[str]) -> viser.GuiUplotHandle:
    series: list[Any] = [{"label": "s"}]
    for number, curve in enumerate(curves):
        series.append({"label": curve, "stroke": _COLOURS[number % len(_COLOURS)], "width": 2})
    return server.gui.add_uplot(
        data=(np.zeros(2), *(np.zeros(2) for _ in curves)),
        series=tuple(series),
        title=title,
        scales={"x": {"time": False, "auto": True}, "y": {"auto": True}},
        legend={"show": True, "live": False},
        height=140,
    )
