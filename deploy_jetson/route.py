"""Way along a few points of the floor: turns the robot's pose into velocity commands.

The pose has to come from a localisation; in simulation the simulator's own stands in for it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import schema
from .contract import Commands

LOOKAHEAD_M = 0.8
"""The robot aims at the point of its line this far ahead: shorter sways, longer cuts corners."""
YAW_GAIN = 1.5
"""Commanded yaw rate per heading error, 1/s; kept low because a walking base sways within every step."""
REST_TICKS = 75
"""It stands this long at the last waypoint before it is done."""


class RouteError(ValueError):
    """A route file is unreadable; the message names the file and the field."""


@dataclass(frozen=True)
class Route:
    """`start` is x, y (m) and yaw (rad), `waypoints` are x, y (m) in the order to visit them.

    `speed` (m/s) is commanded on a straight line; a waypoint counts as reached within `radius` (m).
    """

    start: tuple[float, ...]
    waypoints: tuple[tuple[float, ...], ...]
    speed: float
    radius: float

    @property
    def length(self) -> float:
        """Length of the straight lines from the start through all waypoints, m."""
        points = np.array([self.start[:2], *self.waypoints])
        return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())

    @staticmethod
    def load(path: Path) -> Route:
        """Read a route from JSON.

        Raises:
            RouteError: the file is missing, not JSON, or a field is missing or wrong.
        """
        if not path.is_file():
            raise RouteError(f"{path}: there is no such file.")
        try:
            route = schema.read(Route, json.loads(path.read_text(encoding="utf-8")))
            _validate(route)
        except ValueError as error:
            raise RouteError(f"{path}: {error}.") from error
        return route


def _validate(route: Route) -> None:
    if len(route.start) != 3:
        raise schema.SchemaError("start is not x, y, yaw")
    if not route.waypoints:
        raise schema.SchemaError("waypoints is empty")
    for i, point in enumerate(route.waypoints):
        if len(point) != 2:
            raise schema.SchemaError(f"waypoints[{i}] is not x, y")
    for name in ("speed", "radius"):
        if not getattr(route, name) > 0:
            raise schema.SchemaError(f"{name} is not positive")


class RouteFollower:
    """Pure pursuit: aims at a point a little ahead on the line to the next waypoint, slower while it turns.

    `reached` counts the waypoints visited. At the last one it stands for `REST_TICKS`, then `done` is true.

    Args:
        route: where to go.
        commands: what the policy was trained for.
    """

    def __init__(self, route: Route, commands: Commands) -> None:
        self.route, self.reached = route, 0
        self._rested = 0
        self._speed = min(route.speed, commands.high[0])
        self._max_yaw_rate = min(-commands.low[2], commands.high[2])
        self._points = np.array([route.start[:2], *route.waypoints])

    @property
    def arrived(self) -> bool:
        """Every waypoint was reached."""
        return self.reached == len(self.route.waypoints)

    @property
    def done(self) -> bool:
        """Arrived, and stood there for a while."""
        return self._rested >= REST_TICKS

    def command(self, position: np.ndarray, yaw: float) -> np.ndarray:
        """(vx, vy, yaw rate) of this tick for a robot at `position` (2,) with heading `yaw`."""
        while not self.arrived and self._distance(position) < self.route.radius:
            self.reached += 1
        if self.arrived:
            self._rested += 1
            return np.zeros(3)
        aim = self._aim(np.asarray(position, float)) - position
        error = math.remainder(math.atan2(aim[1], aim[0]) - yaw, math.tau)
        yaw_rate = float(np.clip(YAW_GAIN * error, -self._max_yaw_rate, self._max_yaw_rate))
        return np.array([self._speed * max(math.cos(error), 0.0), 0.0, yaw_rate])

    def _distance(self, position: np.ndarray) -> float:
        return float(np.linalg.norm(self._points[self.reached + 1] - position))

    def _aim(self, position: np.ndarray) -> np.ndarray:
        """Point `LOOKAHEAD_M` ahead of the nearest point of the present line, but not past its end."""
        begin, end = self._points[self.reached], self._points[self.reached + 1]
        length = float(np.linalg.norm(end - begin))
        if length == 0.0:
            return end
        direction = (end - begin) / length
        along = float(np.clip((position - begin) @ direction, 0.0, length))
        return begin + min(along + LOOKAHEAD_M, length) * direction


def heading(quat: np.ndarray) -> float:
    """Yaw of a body in rad from its orientation in the world, `wxyz` (4,)."""
    w, x, y, z = quat
    return math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
