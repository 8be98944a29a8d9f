"""A robot that only exists as a point: drives straight from node to node, and takes its time for actions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

_DURATION = 3.0
"""Seconds of an action."""
_PER_METRE = 0.01
"""Percent of the battery."""
_PER_SECOND = 0.1
"""Percent of the battery gained while it charges."""


class SimulatedRobot:
    """A `Robot` without mass; moved on by `advance`.

    Attributes:
        actions: types of actions that it does, each in three seconds.
    """

    def __init__(self, x: float = 0.0, y: float = 0.0, theta: float = 0.0, top_speed: float = 1.5) -> None:
        """Stand somewhere.

        Args:
            x: m, map frame.
            y: m, map frame.
            theta: heading, rad.
            top_speed: m/s.
        """
        self.actions = frozenset({"pick", "drop"})
        self._x, self._y, self._theta, self._top = x, y, theta, top_speed
        self._way: list[tuple[float, float, float]] = []
        self._speed, self._charge = 0.0, 100.0
        self._is_charging, self._left = False, 0.0

    def advance(self, dt: float) -> None:
        """Drive, act and charge for so many seconds."""
        self._left = max(0.0, self._left - dt)
        self._speed, rest = 0.0, dt
        while self._way and rest > 1e-9:
            x, y, limit = self._way[0]
            speed, distance = min(self._top, limit), math.dist((x, y), (self._x, self._y))
            if speed <= 0.0:
                break
            step = min(speed * rest, distance)
            if distance > 1e-9:
                self._theta = math.atan2(y - self._y, x - self._x)
                self._x += (x - self._x) * step / distance
                self._y += (y - self._y) * step / distance
                self._speed = speed
            rest -= step / speed
            self._charge -= step * _PER_METRE
            if step == distance:
                self._x, self._y = x, y
                del self._way[0]
        if self._is_charging:
            self._charge += dt * _PER_SECOND
        self._charge = min(max(self._charge, 0.0), 100.0)

    def pose(self) -> tuple[float, float, float]:
        """x, y (m), theta (rad)."""
        return self._x, self._y, self._theta

    def speed(self) -> float:
        """m/s."""
        return self._speed

    def follow(self, points: npt.NDArray[np.float64]) -> None:
        """Drive along x, y, speed limit."""
        self._way = [tuple(point) for point in points.tolist()]
        if not self._way:
            self._speed = 0.0

    def battery(self) -> float:
        """Percent."""
        return self._charge

    def charge(self, on: bool) -> None:
        """Begin or end charging."""
        self._is_charging = on

    def start(self, action_type: str, parameters: Mapping[str, Any]) -> None:
        """Begin an action."""
        if self._left > 0.0:
            raise ValueError("Another action is going on.")
        self._left = _DURATION

    def progress(self) -> str:
        """`RUNNING` or `FINISHED`."""
        return "RUNNING" if self._left > 0.0 else "FINISHED"
