"""Charging as an errand: who is low goes to a charger, one robot at each, and no errand takes the way back.

An errand is given to a robot only if its level lasts for the way there, on to the nearest charger, and a
reserve; with ways twice as long as without other robots. Who waits for a charger stands where it is, and the
lowest is served first. Ways to chargers get a head start before others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import FleetError
from ..fields import FAR, STEP, distance_fields
from .battery import Battery
from .traffic import Traffic, Vertices

HURRY = 50
"""Head start, in steps, of a robot on its way to a charger."""
DETOURS = 2.0
"""How much longer ways may take than without other robots."""
_NONE, _WAITS = -1, -2  # of `Charging.charger`: on errands, or waiting for a charger


class Charging:
    """The batteries of a fleet, and who uses which charger.

    Attributes:
        level: (n,) charge of each robot, 0 empty to 1.
        charger: (n,) number of the charger that a robot goes to or stands at, or -1, or -2 while it waits.
    """

    def __init__(
        self, traffic: Traffic, chargers: npt.ArrayLike, battery: Battery, level: npt.ArrayLike = 1.0
    ) -> None:
        """Watch over a fleet.

        Args:
            traffic: the robots.
            chargers: (k,) vertices of the core.
            battery: that each of them has.
            level: (n,) or one, charge at the beginning.

        Raises:
            FleetError: no chargers, one twice or outside the core; levels outside 0 to 1.
        """
        self._traffic, self._battery = traffic, battery
        self._chargers = np.asarray(chargers, np.int32)
        places = self._chargers
        if not len(places) or len(np.unique(places)) < len(places) or not traffic.core[places].all():
            raise FleetError("Chargers must be vertices of the core, one or more, each once.")
        self.level = np.broadcast_to(np.asarray(level, float), len(traffic)).copy()
        if not ((self.level >= 0) & (self.level <= 1)).all():
            raise FleetError("Levels of batteries must be from 0 to 1.")
        self.charger = np.full(len(traffic), _NONE, np.int32)
        self._cell, self._heading = traffic.cell.copy(), traffic.heading.copy()
        self._graph = None
        self._measure()

    def _measure(self) -> None:
        """Ways to all chargers, as the map is now."""
        traffic = self._traffic
        if self._graph is traffic.graph:
            return
        self._graph = traffic.graph
        self._ways = distance_fields(traffic.graph, self._chargers, traffic.weights, traffic.turning)
        self._open = traffic.core[self._chargers]
        self._ways[~self._open] = FAR
        nearest = self._ways.min(0).reshape(len(traffic.graph), -1)
        self._back = nearest.max(1) / STEP

    def send(self, robots: npt.ArrayLike, goals: npt.ArrayLike, head_start: npt.ArrayLike = 0) -> Vertices:
        """Send robots on errands from which they come back.

        Args:
            robots, goals, head_start: as `Traffic.send` takes them.

        Returns:
            Robots that were not sent: they charge first.

        Raises:
            FleetError: as `Traffic.send`, or a full battery does not last.
        """
        robots, goals = np.asarray(robots, np.int64), np.asarray(goals, np.int32)
        if (busy := robots[self.charger[robots] != _NONE]).size:
            raise FleetError(f"Robot {busy[0]} charges, and cannot be sent.")
        self._measure()
        self._traffic.send(robots, goals, head_start)
        steps = DETOURS * (self._traffic.remaining(robots) + self._back[goals])
        need = steps * self._battery.moving + self._battery.reserve
        if (far := np.flatnonzero(need > self._battery.full)).size:
            x, y = self._traffic.graph.xy[goals[far[0]]]
            raise FleetError(f"The way to x {x}, y {y} and back to a charger takes more than a full battery.")
        short = robots[self.level[robots] < need].astype(np.int32)
        self._queue(short)
        return short

    def step(self, arrived: Vertices) -> Vertices:
        """Count what the last step cost, send who is low to charge, and who is full away.

        Args:
            arrived: robots that `Traffic.step` returned.

        Returns:
            Robots that are free for errands, and were not before: they arrived, or are done charging.
        """
        traffic, battery = self._traffic, self._battery
        self._measure()
        is_plugged = self._plugged()
        moved = (traffic.cell != self._cell) | (traffic.heading != self._heading)
        self._cell[:], self._heading[:] = traffic.cell, traffic.heading
        change = np.where(is_plugged, battery.charging, -np.where(moved, battery.moving, battery.standing))
        self.level = np.clip(self.level + change, 0, 1)
        done = np.flatnonzero(is_plugged & (self.level >= battery.full)).astype(np.int32)
        self.charger[done] = _NONE
        is_idle = traffic.active & (traffic.goal < 0) & (self.charger == _NONE)
        low = np.flatnonzero(is_idle & (self.level < battery.low)).astype(np.int32)
        self._queue(low)
        self._assign()
        return np.setdiff1d(np.union1d(arrived, done), np.flatnonzero(self.charger != _NONE)).astype(np.int32)

    def _plugged(self) -> npt.NDArray[np.bool_]:
        """(n,) robots at their charger."""
        has = self.charger >= 0
        return has & (self._traffic.cell == self._chargers[np.maximum(self.charger, 0)])

    def _queue(self, robots: Vertices) -> None:
        self.charger[robots] = _WAITS
        self._traffic.recall(robots)

    def _assign(self) -> None:
        """Chargers that nobody has go to the lowest that wait; who was pushed away comes back."""
        traffic = self._traffic
        gone = (self.charger >= 0) & (~traffic.active | ~self._open[np.maximum(self.charger, 0)])
        self._queue(np.flatnonzero(gone).astype(np.int32))
        free = np.setdiff1d(np.flatnonzero(self._open), self.charger)
        waiting = np.flatnonzero((self.charger == _WAITS) & traffic.active)
        for robot in waiting[np.argsort(self.level[waiting], kind="stable")][: len(free)]:
            state = traffic.cell[robot]
            state = state * 4 + traffic.heading[robot] if traffic.turning else state
            best = free[np.argmin(self._ways[free, state])]
            self.charger[robot] = best
            free = free[free != best]
        away = np.flatnonzero((self.charger >= 0) & (traffic.goal < 0) & ~self._plugged())
        if len(away):
            traffic.send(away, self._chargers[self.charger[away]], HURRY)
