"""What goes wrong in the hall: loads fall, liquids spill, vehicles break down, people step before them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import cast
from .hall import Hall
from .roads import Node, Roads, smooth
from .traffic import RADIUS, SPEED, TICK, Leg, Schedule, along

LASTS = 45.0
"""How long something lies about, or a vehicle is broken down, s."""
FALLING = {"dropped_load": cast.carton, "spill": cast.spill, "blocked_aisle": cast.fallen_pallet}
KINDS = (*FALLING, "stopped_vehicle", "person_in_lane", "near_miss")
COPIES = 2
"""Of each thing that can fall."""
_QUIET = 25.0  # s at the beginning in which nothing goes wrong
_RETRY = 3.0  # s until another try where there was no opportunity
_INTRUSION = 12.0  # s that a person stands in a lane
_STEP_OUT = 0.20  # m that a person leaves to the rim of the vehicle that nearly hits him


@dataclass(frozen=True, eq=False)
class Mishap:
    """Something that was made to go wrong at `time` in s at `position` (2,) in m."""

    kind: str
    time: float
    position: np.ndarray


@dataclass(frozen=True, eq=False)
class Lying:
    """Thing `number` of `FALLING` lies at `position` (2,) in m, turned by `yaw`, from `start` to `end`, s."""

    number: int
    position: np.ndarray
    yaw: float
    start: float
    end: float


class Mishaps:
    """Lets each kind of mishap happen at random times.

    Args:
        hall, roads: where.
        schedule: of all actors.
        rate: of each kind, 1/s.
        rng: source of chance.

    Attributes:
        happened: so far, in no order.
        lying: what fell.
    """

    def __init__(
        self,
        hall: Hall,
        roads: Roads,
        schedule: Schedule,
        rate: float,
        rng: np.random.Generator,
    ) -> None:
        self._hall, self._roads, self._schedule = hall, roads, schedule
        self._rate, self._rng = rate, rng
        self.happened: list[Mishap] = []
        self.lying: list[Lying] = []
        self._due = {kind: self._after(_QUIET) for kind in KINDS}
        self._closed: list[tuple[float, tuple[Node, Node], float]] = []

    def _after(self, time: float) -> float:
        return time + float(self._rng.exponential(1 / self._rate)) if self._rate else np.inf

    def step(self, time: float) -> None:
        """Let happen what is due at `time` in s, up to which all is planned; reopen what was closed."""
        for closed in [closed for closed in self._closed if time >= closed[0]]:
            self._roads.graph.add_edge(*closed[1], length=closed[2])
            self._closed.remove(closed)
        for kind in FALLING:
            self._try(kind, time, lambda kind=kind: self._fall(kind, time))

    def _try(self, kind: str, time: float, let_happen: Callable[[], bool]) -> bool:
        if time < self._due[kind]:
            return False
        done = let_happen()
        self._due[kind] = self._after(time) if done else time + _RETRY
        return done

    def _fall(self, kind: str, time: float) -> bool:
        """Drop something in an aisle that nobody is in or bound for, and close it to the traffic."""
        first = list(FALLING).index(kind) * COPIES
        used = {lying.number for lying in self.lying if lying.end > time}
        spare = [number for number in range(first, first + COPIES) if number not in used]
        edges = [edge for edge in self._roads.graph.edges if edge[0][0] == edge[1][0]]
        edge = edges[self._rng.integers(len(edges))]
        start, end = map(self._roads.at, edge)
        if not spare or not self._is_quiet(start, end, time):
            return False
        width = self._hall.layout.aisle_width
        aside = 0.0 if kind == "blocked_aisle" else self._rng.uniform(-0.25, 0.25) * width
        place = start + self._rng.uniform(0.25, 0.75) * (end - start) + [aside, 0.0]
        self.lying.append(Lying(spare[0], place, float(self._rng.uniform(-0.3, 0.3)), time, time + LASTS))
        self._closed.append((time + LASTS, edge, self._roads.graph.edges[edge]["length"]))
        self._roads.graph.remove_edge(*edge)
        self._note(kind, time, place)
        return True

    def _is_quiet(self, start: np.ndarray, end: np.ndarray, time: float) -> bool:
        margin = np.array([2.0, -2.5])
        low, high = np.minimum(start, end) - margin, np.maximum(start, end) + margin
        planned = self._schedule.position[round(time / TICK) : int(self._schedule.until.max()) + 1]
        return not ((planned > low) & (planned < high)).all(axis=2).any()

    def longer_stop(self, kind: str, time: float) -> bool:
        """Whether a vehicle that is about to be sent to an aisle breaks down there."""
        return kind != "worker" and self._try("stopped_vehicle", time, lambda: True)

    def note_stop(self, time: float, position: np.ndarray) -> None:
        """It stands since `time` in s at `position` (2,) in m."""
        self._note("stopped_vehicle", time, position)

    def divert(self, k: int) -> bool:
        """Send walker k into the lane of the AMRs if that is due; whether it went."""
        time = float(self._schedule.until[k]) * TICK
        return self._try("near_miss", time, lambda: self._step_out(k)) or self._try(
            "person_in_lane", time, lambda: self._intrude(k)
        )

    def _intrude(self, k: int) -> bool:
        """Let someone walk from the walkway into the lane, look about and come back."""
        start = self._schedule.position[-1, k].copy()
        inside = np.array([start[0] + 1.0, self._roads.levels[-1] + 0.4])
        if not self._schedule.plan(k, Leg(smooth(np.array([start, inside])), _INTRUSION), 20.0):
            return False
        self._note("person_in_lane", float(self._schedule.until[k]) * TICK - _INTRUSION, inside)
        back = along(np.array([inside, start]), SPEED["worker"] * TICK)
        self._schedule.insert(k, back)
        return True

    def _step_out(self, k: int) -> bool:
        """Let someone step before an AMR that comes along the lane, so close that it nearly hits him."""
        begin = int(self._schedule.until[k])
        start = self._schedule.position[-1, k].copy()
        for other, kind in enumerate(self._schedule.kinds):
            last = min(int(self._schedule.until[other]), self._schedule.ticks - 1)
            way = self._schedule.position[begin : last + 1, other]
            if kind != "amr" or len(way) < 8:
                continue
            step = np.diff(way, axis=0)
            passes = (way[:-1, 0] - start[0]) * (way[1:, 0] - start[0]) <= 0
            passes &= (abs(step[:, 0]) > 0.9 * SPEED["amr"] * TICK) & (abs(step[:, 1]) < 0.05)
            passes &= (start[1] - way[:-1, 1] > 0.8) & (start[1] - way[:-1, 1] < 3.5)
            for when in np.flatnonzero(passes):
                goal = np.array([start[0], way[when, 1] + 0.29 + RADIUS["worker"] + _STEP_OUT])
                out = along(np.array([start, goal]), SPEED["worker"] * TICK)
                if when < len(out) or when + 4 > len(way):
                    continue
                wait = np.repeat(start[None], when - len(out), axis=0)
                stay = np.repeat(goal[None], 4, axis=0)
                self._schedule.insert(k, np.concatenate([wait, out, stay, out[::-1]]))
                self._note("near_miss", (begin + int(when)) * TICK, goal)
                return True
        return False

    def _note(self, kind: str, time: float, position: np.ndarray) -> None:
        self.happened.append(Mishap(kind, time, position.copy()))
