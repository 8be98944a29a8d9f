"""Which floor is closed to the fleet, because of whom, and who goes another way since."""

from __future__ import annotations

import time as clock
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..journal.journal import Journal
from .notices import Notice, Notices
from .vehicles import Vehicles
from .watch import Alarm, Watch
from .work import name_of

_REMEMBER = 15.0  # s for which what a vehicle has seen is closed
_LONGER = 0.5  # steps by which a way must be longer to be another one


class Closures:
    """Floor that is closed.

    Args:
        vehicles: to which it is closed.
        watch: what cameras see. notices: what is told.
        reroute: whether anybody goes round what is seen.
        journal: in which it is written down.
    """

    def __init__(
        self, vehicles: Vehicles, watch: Watch, notices: Notices, reroute: bool, journal: Journal
    ) -> None:
        self._vehicles, self._watch, self._notices = vehicles, watch, notices
        self._reroute, self._journal = reroute, journal
        self._closed = np.zeros(len(vehicles.traffic.graph), bool)
        self._reported: dict[int, float] = {}  # vertices that vehicles found taken, until when
        self._changed: list[Alarm | Notice] = []

    def close(self, time: float, because: Sequence[Alarm | Notice] = ()) -> None:
        """Tell the fleet at `time` in s which floor is taken, if that changed.

        `because` of what was seen or told just now, and takes floor.
        """
        begin = clock.perf_counter()
        self._changed += because
        self._tell(time)
        for one in because:
            self._journal.event(
                time, "map_updated", incident=one.id, place=one.place,
                value=clock.perf_counter() - begin, note=f"{len(one.vertices)} places closed",
            )  # fmt: skip

    def report(self, time: float, taken: np.ndarray) -> None:
        """Vehicles have found vertices (m,) taken at `time` in s."""
        for vertex in taken.tolist():
            self._reported[vertex] = time + _REMEMBER
        self._reported = {vertex: until for vertex, until in self._reported.items() if until > time}
        self._tell(time)

    def accept(self, time: float, took: float) -> None:
        """All have new ways at `time` in s, after `took` s of the computer's time."""
        for one in self._changed:
            value = time - (one.detected or 0.0) + took
            self._journal.event(time, "routes_accepted", incident=one.id, place=one.place, value=value)
        self._changed.clear()

    def _tell(self, time: float) -> None:
        vehicles = self._vehicles
        closed = np.zeros_like(self._closed)
        if self._reroute:
            closed |= self._watch.closed()
            closed[list(self._reported)] = True
            closed[vehicles.cells[vehicles.failed]] = True
        closed |= self._notices.closed(vehicles.cells)
        if np.array_equal(closed, self._closed):
            return
        everybody = np.arange(len(vehicles))
        before, going = vehicles.traffic.remaining(everybody), vehicles.traffic.goal >= 0
        vehicles.change(closed)
        longer = vehicles.traffic.remaining(everybody) > before + _LONGER
        for k in np.flatnonzero(going & longer & (vehicles.traffic.goal >= 0)).tolist():
            incident = self._changed[-1].id if self._changed else None
            self._journal.event(time, "rerouted", actor=name_of(k), incident=incident)
        self._closed = closed

    def state(self) -> dict[str, Any]:
        """All of it, for a checkpoint."""
        changed = [one.id for one in self._changed]
        return {"closed": self._closed, "reported": list(self._reported.items()), "changed": changed}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`; what watch and notices have open is restored before."""
        self._closed, self._reported = state["closed"], dict(state["reported"])
        open_ones = (*self._watch.open, *self._notices.open)
        self._changed = [one for one in open_ones if one.id in state["changed"]]
