"""A plan driven with speed, acceleration and turns; the dependency graph says how far each robot may go.

A row of cells is driven without stopping, as far as it is released: a cell from standstill takes longer than
one in a row. A robot is never faster than it can brake before the end of what is released, its next turn or
a slower zone, so whatever is late, nobody enters a cell that another holds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import FleetError
from .dependency import DependencyGraph
from .kinematics import Kinematics

Array = npt.NDArray[np.float64]
_NEAR = 1e-3  # m from a cell's middle at which a robot is there
_STRAIGHT = 1e-6  # rad


class Drive:
    """All robots of a plan, on their way.

    Attributes:
        time: s since the start.
        ended: (n,) moves that each robot has ended.
        travelled: (n,) way along its path, m.
        velocity: (n,) m/s.
        yaw: (n,) rad.
    """

    def __init__(
        self,
        graph: DependencyGraph,
        positions: npt.ArrayLike,
        kinematics: Kinematics,
        yaw: npt.ArrayLike = 0.0,
        zones: npt.ArrayLike = 1.0,
        tick: float = 0.05,
    ) -> None:
        """Stand at the start.

        Args:
            graph: of the plan.
            positions: (V, 2) vertices in the world, m.
            kinematics: of every robot.
            yaw: (n,) or one, rad.
            zones: (V,) or one, part of full speed at which a vertex may be passed.
            tick: s between two looks at who may go on; a speed is kept for so long.

        Raises:
            FleetError: a zone's part is not above 0 up to 1, or no tick.
        """
        at = np.asarray(positions, float)
        zones = np.broadcast_to(np.asarray(zones, float), len(at))
        if not ((zones > 0) & (zones <= 1)).all():
            raise FleetError("Zones must be parts of full speed, above 0 up to 1.")
        if not 0 < tick < np.inf:
            raise FleetError(f"tick is {tick:g} s; it must be above 0.")
        self._tick = tick
        self._graph, self._kinematics = graph, kinematics
        n, most = len(graph.visits), max(map(len, graph.visits))
        # Where each path ends, its last cell is repeated.
        self._path = np.array([np.pad(cells, (0, most + 1 - len(cells)), "edge") for cells in graph.visits])
        self._last = np.array([len(cells) - 1 for cells in graph.visits])
        self._at = at[self._path]
        way = np.diff(self._at, axis=1)
        length = np.linalg.norm(way, axis=2)
        self._distance = np.concatenate([np.zeros((n, 1)), np.cumsum(length, axis=1)], axis=1)
        self._course = np.arctan2(way[..., 1], way[..., 0])
        self._limit = kinematics.speed * np.minimum(zones[self._path[:, :-1]], zones[self._path[:, 1:]])
        self._passing = self._passing_speeds(length)
        self.time, self.ended = 0.0, np.zeros(n, np.int64)
        self.travelled, self.velocity = np.zeros(n), np.zeros(n)
        self.yaw = np.broadcast_to(np.asarray(yaw, float), n).copy()
        self._released = graph.released(self.ended)

    def _passing_speeds(self, length: Array) -> Array:
        """(n, K) fastest at each cell if all is released: 0 at turns and the end, less before zones."""
        passing = np.zeros((len(length), length.shape[1] + 1))
        for k in range(length.shape[1] - 1, 0, -1):
            goes_on = k < self._last
            is_straight = np.abs(_turned(self._course[:, k] - self._course[:, k - 1])) < _STRAIGHT
            # A tick ends behind the cell's middle, by up to what is driven in it.
            rest = length[:, k] - self._tick * self._limit[:, k]
            fastest = self._speed_before(rest, passing[:, k + 1])
            fastest = np.minimum(fastest, np.minimum(self._limit[:, k - 1], self._limit[:, k]))
            passing[:, k] = np.where(goes_on & is_straight, fastest, 0)
        return passing

    def _speed_before(self, distance: Array, passing: Array) -> Array:
        """(n,) speeds for the next tick after which braking leads to `passing` within a distance."""
        rate, rest = self._kinematics.acceleration, np.maximum(distance, 0)
        return rate * (np.sqrt(self._tick**2 + 2 * rest / rate + (passing / rate) ** 2) - self._tick)

    @property
    def positions(self) -> Array:
        """(n, 2) of all robots in the world, m."""
        robots = np.arange(len(self.ended))
        way = self.travelled - self._distance[robots, self.ended]
        course = self._course[robots, self.ended]
        return self._at[robots, self.ended] + way[:, None] * np.stack([np.cos(course), np.sin(course)], 1)

    @property
    def is_done(self) -> bool:
        """Whether everybody is at the end of its path."""
        return bool((self.ended == self._last).all())

    def step(self, pace: npt.ArrayLike = 1.0) -> None:
        """Drive on for a tick.

        Args:
            pace: (n,) or one, part of its speed that each robot makes now: 0 stands as soon as it can.
        """
        robots, gain = np.arange(len(self.ended)), self._kinematics.acceleration * self._tick
        pace = np.broadcast_to(np.asarray(pace, float), len(robots))
        waits = self.ended >= self._released
        off = np.where(self.ended < self._last, _turned(self._course[robots, self.ended] - self.yaw), 0)
        turns = (np.abs(off) > _STRAIGHT) & (self.velocity == 0)
        reach = self._kinematics.turn_rate * self._tick * pace
        self.yaw = _turned(self.yaw + np.where(turns, np.clip(off, -reach, reach), 0))
        # Whether it stops at the end of what is released, or passes the next cell: the slower counts.
        following = np.minimum(self.ended + 1, self._last)
        ends = self._distance[robots, np.maximum(self._released, self.ended)]
        stop = self._speed_before(ends - self.travelled, np.zeros(len(robots)))
        ahead, passing = self._distance[robots, following] - self.travelled, self._passing[robots, following]
        limit = self._limit[robots, self.ended]
        slow = np.where(passing < limit, self._speed_before(ahead, passing), limit)
        wanted = np.maximum(np.minimum(pace * limit, self.velocity + gain), self.velocity - gain)
        fastest = np.minimum(np.minimum(stop, slow), limit)
        self.velocity = np.where(waits | turns, 0, np.clip(wanted, 0, fastest))
        self.travelled = self.travelled + self.velocity * self._tick
        self.time += self._tick
        self._arrive()

    def _arrive(self) -> None:
        """Count moves that have ended, and look what that releases."""
        robots = np.arange(len(self.ended))
        there = self._distance[robots, np.minimum(self.ended + 1, self._last)]
        arrived = (self.ended < self._last) & (self.travelled >= there - _NEAR)
        if not arrived.any():
            return
        self.ended = self.ended + arrived
        stands = arrived & (self._passing[robots, self.ended] == 0)
        self.velocity[stands], self.travelled[stands] = 0, there[stands]
        self._released = self._graph.released(self.ended)


def _turned(angle: npt.ArrayLike) -> Array:
    """Angles from -pi to pi."""
    return np.mod(np.asarray(angle, float) + np.pi, 2 * np.pi) - np.pi
