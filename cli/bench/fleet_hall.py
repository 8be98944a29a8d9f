"""A run of lifelong traffic with incidents, looked at by a checker that knows nothing of the planner."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ...fleet.lifelong.traffic import Traffic
    from ...fleet.maps.layouts import Layout

INCIDENTS = ("blocked aisle", "closed strip", "breakdowns")


@dataclass
class Tally:
    """What was seen in a run.

    Attributes:
        conflicts: steps and robots at fault: two on a cell, a change of places, a move into somebody.
        closest: least distance between the middles of two robots on their way, in cells.
        took: steps of every finished task.
        unhindered: steps that the tasks would have taken without other robots, lanes counted by their costs.
        worst: steps of the longest task, finished or not.
        standstill: longest time in steps in which nobody arrived.
        step_ms: wall time of each step, without new tasks and new costs.
        reweigh_ms: wall time of each change of costs by congestion: fields of all goals.
        replan_ms: wall time of each incident: map, fields of all goals, and the next step.
        replan_cpu_ms: the same by the processor, all threads.
        unserved: robots that were held by an incident, or whose goal was lost in it.
    """

    conflicts: int = 0
    closest: float = 1.0
    took: list[int] = field(default_factory=list)
    unhindered: list[float] = field(default_factory=list)
    worst: int = 0
    standstill: int = 0
    step_ms: list[float] = field(default_factory=list)
    reweigh_ms: list[float] = field(default_factory=list)
    replan_ms: list[float] = field(default_factory=list)
    replan_cpu_ms: list[float] = field(default_factory=list)
    unserved: int = 0


class Hall:
    """Robots that are sent from endpoint to endpoint for ever."""

    def __init__(self, layout: Layout, robots: int, seed: int, way: str, turning: bool = True) -> None:
        """Place robots at random; the same seed gives the same starts, goals and incidents.

        On the way `plain` all moves cost the same; on `lanes`, those against lanes cost more; on `guided`,
        those into full cells, too.
        """
        from ...fleet.graph import grid_graph
        from ...fleet.lifelong.congestion import Congestion
        from ...fleet.lifelong.lanes import lane_weights
        from ...fleet.lifelong.traffic import Traffic

        self.graph = grid_graph(layout.free)
        self._rng = np.random.default_rng(seed)
        start = self._rng.permutation(len(self.graph))[:robots]
        headings = self._rng.integers(0, 4, robots)
        weights = None if way == "plain" else lane_weights(self.graph)
        self.traffic: Traffic = Traffic(self.graph, start, headings, turning=turning, weights=weights)
        self._congestion = Congestion(self.traffic) if way == "guided" else None
        self._ends = np.flatnonzero(layout.endpoints.reshape(-1)[self.graph.cell])
        self._blocked = np.zeros(len(self.graph), bool)
        self._since = np.zeros(robots, np.int64)
        self.tally = Tally()
        self._last_arrival = 0
        self._send(np.arange(robots))

    def _send(self, robots: npt.NDArray[np.integer]) -> None:
        ends = self._ends[self.traffic.core[self._ends]]
        self.traffic.send(robots, self._rng.choice(ends, len(robots)))
        self._since[robots] = self.traffic.steps
        self.tally.unhindered += self.traffic.remaining(robots).tolist()

    def run(self, steps: int) -> None:
        """Step so often, and send on who has arrived."""
        for _ in range(steps):
            self._step()
            self._note()

    def _note(self) -> None:
        """Let congestion see where everybody is."""
        if not self._congestion:
            return
        weights, begin = self.traffic.weights, time.perf_counter()
        self._congestion.step()
        if self.traffic.weights is not weights:
            self.tally.reweigh_ms.append(1e3 * (time.perf_counter() - begin))

    def _step(self) -> None:
        traffic, tally = self.traffic, self.tally
        before = traffic.cell.copy()
        begin = time.perf_counter()
        arrived = traffic.step()
        tally.step_ms.append(1e3 * (time.perf_counter() - begin))
        self._look(before, traffic.cell)
        took = traffic.steps - self._since
        tally.took += took[arrived].tolist()
        sent = traffic.active & ((traffic.goal >= 0) | np.isin(np.arange(len(traffic)), arrived))
        tally.worst = max(tally.worst, int(took[sent].max(initial=0)))
        self._last_arrival = traffic.steps if len(arrived) else self._last_arrival
        tally.standstill = max(tally.standstill, traffic.steps - self._last_arrival)
        if len(arrived):
            self._send(arrived)

    def _look(self, before: npt.NDArray[np.int32], after: npt.NDArray[np.int32]) -> None:
        """Collisions of one step, and how close robots came: closest where one follows around a corner."""
        tally, xy = self.tally, self.graph.xy
        tally.conflicts += len(after) - len(np.unique(after))
        was = np.full(len(self.graph), -1)
        was[before] = np.arange(len(before))
        movers = np.flatnonzero(after != before)
        tally.conflicts += int((np.abs(xy[after[movers]] - xy[before[movers]]).sum(1) != 1).sum())
        movers = movers[was[after[movers]] >= 0]
        ahead = was[after[movers]]
        way, way_ahead = xy[after[movers]] - xy[before[movers]], xy[after[ahead]] - xy[before[ahead]]
        straight = (way == way_ahead).all(1)
        corner = (way * way_ahead).sum(1) == 0
        # A robot that stays is met head on, as one that comes the other way is.
        stays = ~way_ahead.any(1)
        tally.conflicts += int((~(straight | corner) | stays).sum())
        if (corner & ~stays).any():
            tally.closest = min(tally.closest, 0.5**0.5)

    def incident(self, kind: str) -> None:
        """Something happens; the map is updated and everybody gets a new way."""
        blocked = self._blocked.copy()
        blocked[self._place(kind)] = True
        self._change(blocked)

    def clear(self) -> None:
        """Everything is as it was."""
        self._change(np.zeros(len(self.graph), bool))

    def _change(self, blocked: npt.NDArray[np.bool_]) -> None:
        traffic, tally = self.traffic, self.tally
        wall, cpu = time.perf_counter(), time.process_time()
        change = traffic.change(blocked)
        if len(change.cancelled):
            self._send(change.cancelled)
        self._step()
        tally.replan_ms.append(1e3 * (time.perf_counter() - wall))
        tally.replan_cpu_ms.append(1e3 * (time.process_time() - cpu))
        self._note()
        tally.unserved += len(change.held) + len(change.cancelled)
        self._blocked = blocked
        if len(change.released):
            idle = change.released[traffic.goal[change.released] < 0]
            self._send(idle)

    def _place(self, kind: str) -> npt.NDArray[np.integer]:
        """Vertices that an incident takes."""
        if kind == "breakdowns":
            return self.traffic.cell[self._rng.choice(np.flatnonzero(self.traffic.active), 5, replace=False)]
        width, height = (5, 5) if kind == "blocked aisle" else (2, 12)
        xy = self.graph.xy
        inside = xy - xy[self._rng.integers(len(xy))] + (width // 2, height // 2)
        return np.flatnonzero(((inside >= 0) & (inside < (width, height))).all(1))


def thirds(steps: int) -> Iterator[tuple[str, int, int]]:
    """Each kind of incident, steps until it happens, and steps that it lasts."""
    part = steps // len(INCIDENTS)
    for kind in INCIDENTS:
        yield kind, part // 3, part - part // 3
