"""Robots on a map: where they are, where they are sent, and what an incident does to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..core import core, leading_to
from ..errors import FleetError, ScenarioError
from ..fields import FAR, STEP, Weights, distance_fields, plain_weights
from ..graph import Graph
from ..pockets import pockets, without_pockets
from .step import Floor, Robots, advance

Vertices = npt.NDArray[np.int32]
FOOTPRINT_CLOSE = 0.7
"""Diameter in cells below 1/sqrt(2): circles stay apart when one robot follows another around a corner."""
MAX_HEAD_START = 10_000
"""Steps by which an urgent order may go before others."""
_SAVED = (
    "cell", "heading", "target", "_toward", "goal", "age", "active",
    "_asked", "_refused", "_occupied", "_held",
)  # fmt: skip
_IDLE = 0  # the row of fields of those that are sent nowhere: every place that can be left is as good


@dataclass(frozen=True, eq=False)
class Change:
    """What a change of the map does.

    Attributes:
        held: robots that take part no more: they stand on a blocked cell, or cut off from the core.
        released: robots that take part again.
        cancelled: robots whose goal is now blocked or outside the core; they wait to be sent elsewhere.
    """

    held: Vertices
    released: Vertices
    cancelled: Vertices


class Traffic:
    """All robots of one map, stepped together.

    Attributes:
        graph: moves that are open now.
        core: (V,) bool, where goals may be.
        cell: (n,) int32 vertex of each robot.
        heading: (n,) int32.
        target: (n,) int32 vertex that was granted to a robot, or -1.
        goal: (n,) int32 vertex that a robot is sent to, or -1.
        age: (n,) int32 steps since it was sent, and its head start; the oldest asks first.
        active: (n,) bool, robots that take part.
        turning: whether robots have to turn, 90 degrees a step.
        close: whether they follow each other closely around corners.
        steps: that were made.
        blocked: (V,) bool, vertices that are blocked now.
    """

    def __init__(
        self,
        graph: Graph,
        start: npt.ArrayLike,
        heading: npt.ArrayLike | None = None,
        turning: bool = True,
        footprint: float = 0.7,
        weights: Weights | None = None,
        memory: int = 1 << 29,
    ) -> None:
        """Put robots on a map.

        Args:
            graph: where they move.
            start: (n,) vertices, each once.
            heading: (n,) 0 to 3; east by default.
            turning: whether headings matter.
            footprint: diameter of a circle around each robot, in cells. Above 0.7, a robot waits until
                another that leaves a cell sideways has left it.
            weights: (V, 4) costs of moves; plain by default.
            memory: bytes of distance fields that are kept, if the robots' goals need no more.

        Raises:
            ScenarioError: starts that are shared or no vertices, no headings, a footprint larger than a cell,
                one-way moves into a place out of which so many robots could not make way.
        """
        if not 0 < footprint <= 1:
            raise ScenarioError(
                f"A footprint of {footprint:g} cells does not fit; give 0 to 1, or larger cells."
            )
        self._whole, self.graph = graph, graph
        self.blocked = np.zeros(len(graph), bool)
        self.weights = plain_weights(graph) if weights is None else weights
        self.turning, self.close = turning, footprint <= FOOTPRINT_CLOSE
        self.cell = np.array(start, np.int32)
        n = len(self.cell)
        if not n or ((self.cell < 0) | (self.cell >= len(graph))).any() or len(np.unique(self.cell)) < n:
            raise ScenarioError("Starts must be vertices of the graph, one or more, each once.")
        self.heading = np.zeros(n, np.int32) if heading is None else np.array(heading, np.int32)
        if self.heading.shape != (n,) or ((self.heading < 0) | (self.heading > 3)).any():
            raise ScenarioError("Headings must be as many as starts, from 0 (east) to 3 (north).")
        self.target, self._toward = np.full(n, -1, np.int32), np.zeros(n, np.int32)
        self.goal, self.age = np.full(n, -1, np.int32), np.zeros(n, np.int32)
        self.steps = 0
        self._asked = np.full(n, -1, np.int64)
        self._refused = np.array([-1, 0], np.int64)
        self._occupied, self._held = np.full((2, len(graph)), -1, np.int32)
        self._occupied[self.cell] = np.arange(n)
        states = len(graph) * (4 if turning else 1)
        rows = 1 + min(max(n, memory // (2 * states)), len(graph))
        self._fields = np.empty((rows, states), np.uint16)
        self._row = np.full(n, _IDLE, np.int32)
        self._row_of = np.full(len(graph), -1, np.int32)
        self._goal_of = np.full(rows, -1, np.int32)
        self._next_row = 1
        self.core = core(graph)
        if (moves := np.argwhere(pockets(graph, self.core, n))).size:
            x, y = graph.xy[moves[0, 0]]
            raise ScenarioError(
                f"{n} robots could lock at x {x}, y {y}: a move from there leads to fewer cells without a "
                "way around it; make the lane one-way to its end, or two-way."
            )
        self.active = self._open()

    def _open(self) -> npt.NDArray[np.bool_]:
        """(n,) robots from which a way leads to the core; others are kept out of where none does."""
        leads = leading_to(self.graph, self.core)
        self._fields[_IDLE] = np.repeat(np.where(leads, 0, FAR), self._fields.shape[1] // len(leads))
        return leads[self.cell]

    def __len__(self) -> int:
        return len(self.cell)

    def send(self, robots: npt.ArrayLike, goals: npt.ArrayLike, head_start: npt.ArrayLike = 0) -> None:
        """Send robots to goals.

        Args:
            robots: (m,) numbers.
            goals: (m,) vertices in the core.
            head_start: (m,) or one, steps by which an urgent robot goes before others: it asks for its moves
                as if it had been sent so much earlier. Who waits for longer than that is before it, so nobody
                waits for ever.

        Raises:
            FleetError: a goal is not in the core, where it could block others for good; a robot is held; a
                head start is below 0 or above 10,000 steps.
        """
        head_start = np.asarray(head_start, np.int64)
        if (head_start < 0).any() or (head_start > MAX_HEAD_START).any():
            raise FleetError(f"A head start must be from 0 to {MAX_HEAD_START:,} steps.")
        robots, goals = np.asarray(robots, np.int64), np.asarray(goals, np.int32)
        if (wrong := np.flatnonzero(~self.core[goals])).size:
            x, y = self.graph.xy[goals[wrong[0]]]
            raise FleetError(f"Goal x {x}, y {y} is blocked, or in a dead end, where others cannot pass.")
        if (wrong := np.flatnonzero(~self.active[robots])).size:
            raise FleetError(f"Robot {robots[wrong[0]]} is held, and cannot be sent.")
        self.goal[robots], self.age[robots] = goals, 1 + head_start
        self._row[robots] = _IDLE
        self._fill(goals)
        self._row[robots] = self._row_of[goals]

    def _fill(self, goals: Vertices) -> None:
        """Have fields of goals, in rows that nobody needs."""
        missing = np.unique(goals[self._row_of[goals] < 0])
        if not len(missing):
            return
        needed = np.zeros(len(self._fields), bool)
        needed[self._row] = needed[_IDLE] = True
        needed[self._row_of[goals[self._row_of[goals] >= 0]]] = True
        # The longest unused come first: rows are taken in a circle.
        free = np.flatnonzero(~np.roll(needed, -self._next_row))[: len(missing)]
        rows = (free + self._next_row) % len(needed)
        self._next_row = int(rows[-1] + 1) % len(needed)
        forgotten = self._goal_of[rows]
        self._row_of[forgotten[forgotten >= 0]] = -1
        distance_fields(self.graph, missing, self.weights, self.turning, self._fields, rows)
        self._goal_of[rows], self._row_of[missing] = missing, rows

    def remaining(self, robots: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """(m,) steps that robots have to go, lanes counted by their costs and all others left out."""
        robots = np.asarray(robots, np.int64)
        state = self.cell[robots] * 4 + self.heading[robots] if self.turning else self.cell[robots]
        return self._fields[self._row[robots], state] / STEP

    def step(self, able: npt.NDArray[np.bool_] | None = None) -> Vertices:
        """Move everybody by one step.

        Args:
            able: (n,) robots that can act now; all by default. The others stand still, and are waited for.

        Returns:
            Robots that have just arrived at their goal; they stay there, or make way, until they are sent on.
        """
        able = np.ones(len(self), bool) if able is None else np.asarray(able, bool)
        active = np.flatnonzero(self.active).astype(np.int32)
        self.steps += 1
        robots = Robots(self.cell, self.heading, self.target, self._toward, self.age, self._row, self._asked)
        floor = Floor(self.graph.ahead, self._fields, self.weights, self._occupied, self._held)
        advance(self.steps, active, able, robots, floor, self._refused, self.turning, self.close)
        sent = self.active & (self.goal >= 0)
        arrived = np.flatnonzero(sent & (self.cell == self.goal)).astype(np.int32)
        self.age[sent] += 1
        self._dismiss(arrived)
        return arrived

    def recall(self, robots: npt.ArrayLike) -> None:
        """Leave robots without a goal: they stay where they are, or make way, until they are sent."""
        self._dismiss(np.asarray(robots, np.int32))

    def _dismiss(self, robots: Vertices) -> None:
        self.goal[robots], self.age[robots], self._row[robots] = -1, 0, _IDLE

    def put_back(self, robot: int, vertex: int) -> bool:
        """Have a robot back on a vertex that it left in the last step and did not get away from.

        Call `change` before the next step. Returns whether the vertex was free.
        """
        if self._occupied[vertex] >= 0:
            return False
        self._occupied[self.cell[robot]] = -1
        self.cell[robot], self._occupied[vertex] = vertex, robot
        return True

    def change(self, blocked: npt.NDArray[np.bool_], weights: Weights | None = None) -> Change:
        """Take note of what is blocked now, and find new ways for everybody.

        Moves that were granted and not begun are taken back.

        Args:
            blocked: (V,) bool, all vertices that are blocked from now on; those that were before and are not
                named are open again.
            weights: (V, 4) costs of moves; those of before by default.

        Raises:
            FleetError: nothing is left to move on.
        """
        blocked = np.array(blocked, bool)
        graph, inside = without_pockets(self._whole.without(blocked), len(self))
        if not inside.any():
            raise FleetError("No part of the map is left on which robots could pass each other.")
        self.graph, self.core, self.blocked = graph, inside, blocked
        self.weights = self.weights if weights is None else weights
        reaches = self._open()
        held, released = np.flatnonzero(self.active & ~reaches), np.flatnonzero(~self.active & reaches)
        self.active = reaches
        lost = np.flatnonzero((self.goal >= 0) & ~(inside[self.goal] & reaches))
        self._dismiss(lost.astype(np.int32))
        self.target[:] = self._held[:] = -1
        self._renew()
        return Change(*(robots.astype(np.int32) for robots in (held, released, lost[self.active[lost]])))

    def reweigh(self, weights: Weights) -> None:
        """Find new ways for everybody by other costs of moves, (V, 4); moves that were granted are kept."""
        self.weights = weights
        self._renew()

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """All that steps and changes have made of it, so that `restore` can go on from there."""
        arrays = {name: getattr(self, name).copy() for name in _SAVED}
        return arrays | {"steps": np.array(self.steps), "blocked": self.blocked, "weights": self.weights}

    def restore(self, state: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Go on from a `state` of a traffic of as many robots on the same map.

        Raises:
            FleetError: it is of another map or fleet.
        """
        for name in _SAVED:
            if name not in state or state[name].shape != getattr(self, name).shape:
                raise FleetError("This state is of another map, or of another number of robots.")
        self.change(np.asarray(state["blocked"], bool), np.asarray(state["weights"], np.uint8))
        for name in _SAVED:
            getattr(self, name)[:] = state[name]
        self.steps = int(state["steps"])
        self._renew()

    def _renew(self) -> None:
        """Have new fields of all goals."""
        self._row_of[:] = self._goal_of[:] = -1
        self._row[:] = _IDLE
        going = np.flatnonzero(self.goal >= 0)
        self._fill(self.goal[going])
        self._row[going] = self._row_of[self.goal[going]]
