"""What the tracks add up to: where time is spent, who is in which zone for how long, who crosses lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..poses import Array
from .calibration import Calibration, Line
from .classes import KINDS

if TYPE_CHECKING:
    from .pipeline import Thing

HEAT_CELL = 0.5
"""Edge of a cell of the heat maps, m."""
_LONGEST_STEP = 2.0  # s: a longer pause between frames is a pause of the recording, in which nobody dwells


@dataclass
class ZoneUse:
    """Of one zone and kind: `visits` that began, `present` now, `dwell` s spent in it by all together."""

    visits: int = 0
    present: int = 0
    dwell: float = 0.0


class Analytics:
    """Sums over a run.

    Attributes:
        heat: per kind (rows, columns) s spent in each cell; row 0 is the south, column 0 the west end.
        zones: use by zone and kind.
        crossings: how often each line was crossed, by line, kind and `in` or `out`.
    """

    def __init__(self, calibration: Calibration) -> None:
        self._calibration = calibration
        self._origin = np.array(calibration.bounds[:2])
        extent = np.array(calibration.bounds[2:]) - self._origin
        columns, rows = np.maximum(np.ceil(extent / HEAT_CELL).astype(int), 1).tolist()
        self.heat = {kind: np.zeros((rows, columns)) for kind in KINDS}
        self.zones: dict[tuple[str, str], ZoneUse] = defaultdict(ZoneUse)
        self.crossings: Counter[tuple[str, str, str]] = Counter()
        self._inside: dict[str, set[int]] = {zone.name: set() for zone in calibration.zones}
        self._last: dict[int, Array] = {}
        self._time: float | None = None

    def add(self, time: float, things: Sequence[Thing]) -> None:
        """Add what is on the floor at `time` in s."""
        seconds = 0.0 if self._time is None else min(time - self._time, _LONGEST_STEP)
        self._time = time
        at = np.array([thing.position for thing in things]).reshape(-1, 2)
        self._heat(seconds, things, at)
        self._count(seconds, things, at)
        for thing in things:
            if thing.id in self._last:
                self._cross(thing, self._last[thing.id])
        self._last = {thing.id: thing.position for thing in things}

    def middle_of(self, cells: np.ndarray) -> Array:
        """Middles (n, 2) in m of cells (n, 2), row and column, of the heat maps."""
        return self._origin + (cells[:, ::-1] + 0.5) * HEAT_CELL

    def _heat(self, seconds: float, things: Sequence[Thing], at: Array) -> None:
        cells = np.floor((at - self._origin) / HEAT_CELL).astype(int)
        for thing, (column, row) in zip(things, cells.tolist(), strict=True):
            heat = self.heat[thing.kind]
            if 0 <= row < heat.shape[0] and 0 <= column < heat.shape[1]:
                heat[row, column] += seconds

    def _count(self, seconds: float, things: Sequence[Thing], at: Array) -> None:
        for use in self.zones.values():
            use.present = 0
        for zone in self._calibration.zones:
            inside = set()
            for k in np.flatnonzero(zone.contains(at)).tolist():
                thing = things[k]
                use = self.zones[zone.name, thing.kind]
                inside.add(thing.id)
                use.present += 1
                use.dwell += seconds
                use.visits += thing.id not in self._inside[zone.name]
            self._inside[zone.name] = inside

    def _cross(self, thing: Thing, before: Array) -> None:
        for line in self._calibration.lines:
            if way := crossing(line, before, thing.position):
                self.crossings[line.name, thing.kind, way] += 1


def crossing(line: Line, before: Array, after: Array) -> str:
    """`in` if the step between two points crosses a line from its left, `out` from its right, or nothing."""
    start, end = line.ends
    along, step = end - start, after - before
    if _cross(along, step) == 0:
        return ""
    share = _cross(before - start, step) / _cross(along, step)
    reach = _cross(before - start, along) / _cross(along, step)
    if not (0 <= share <= 1 and 0 < reach <= 1):
        return ""
    return "in" if _cross(along, step) < 0 else "out"


def _cross(a: Array, b: Array) -> float:
    return float(a[0] * b[1] - a[1] * b[0])
