"""What a policy that drives to a place is told: the goal, a point of the way there, and a lidar's ranges.

The words of the contract (`ObservationTerm.layout`) say which of them it sees, and by which numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .route import heading

REACH_M = 0.3
"""A goal counts as met within this distance, as in training."""
LOOKAHEAD_M = 1.5
"""The waypoint is the point of the way this far ahead, as in training."""
AHEAD = ((4.0, 0.0),)
"""The way of a robot that is told none: straight ahead."""

_GOAL = re.compile(r"direction x, y of the goal, distance / ([\d.]+) m, at most 1")
_WAYPOINT = "direction x, y of the waypoint, its distance"
_SCAN = re.compile(
    r"ranges / ([\d.]+) m, nothing seen is 1; (\d+) sectors from right to left over ([\d.]+) rad, "
    r"rows at elevations \(([-\d., ]+)\) rad"
)

Packet = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Scan:
    """A lidar that scans from right to left: `sectors` readings over `fov` rad, a row for each elevation.

    Elevations are in rad; what is farther than `farthest` m reads as that.
    """

    farthest: float
    sectors: int
    fov: float
    elevations: tuple[float, ...]

    @staticmethod
    def described(layout: str) -> Scan | None:
        """The lidar of a contract's words, None if they are of something else."""
        if not (words := _SCAN.fullmatch(layout)):
            return None
        elevations = tuple(float(word) for word in words[4].split(",") if word.strip())
        return Scan(float(words[1]), int(words[2]), float(words[3]), elevations)

    def shares(self, packet: Packet) -> np.ndarray:
        """Ranges as shares of `farthest`, (rows * sectors,)."""
        return packet["lidar"] / self.farthest


class Way:
    """Straight lines over points of the floor, driven from the robot's first place to the last of them.

    Args:
        points: (x, y) in m, in their order.
    """

    def __init__(self, points: Sequence[Sequence[float]]) -> None:
        self.goal = np.array(points[-1], float)
        self._begin: np.ndarray | None = None
        self._ahead = [np.array(point, float) for point in points]

    def giver(self, layout: str) -> Callable[[Packet], np.ndarray] | None:
        """What makes an observation of these words out of `base_pos` and `base_quat`, if it is of a way."""
        if words := _GOAL.fullmatch(layout):
            farthest = float(words[1])
            return lambda packet: np.minimum(_seen(packet, self.goal) / (1.0, 1.0, farthest), 1.0)
        if layout == _WAYPOINT:
            return lambda packet: _seen(packet, self.waypoint(packet["base_pos"][:2]))
        return None

    def distance(self, packet: Packet) -> float:
        """How far the base is from the goal, m."""
        return float(np.linalg.norm(self.goal - packet["base_pos"][:2]))

    def waypoint(self, position: np.ndarray) -> np.ndarray:
        """Point (2,) of the way `LOOKAHEAD_M` ahead of a robot at `position` (2,), not past the goal."""
        begin = np.array(position) if self._begin is None else self._begin
        while len(self._ahead) > 1 and _is_past(position, begin, self._ahead[0]):
            begin = self._ahead.pop(0)
        self._begin = begin
        direction = _direction(begin, self._ahead[0])
        here = begin + max(float((position - begin) @ direction), 0.0) * direction
        left = LOOKAHEAD_M
        for point in self._ahead:
            length = float(np.linalg.norm(point - here))
            if length >= left:
                return here + left * _direction(here, point)
            here, left = point, left - length
        return self.goal


def _direction(begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    return (end - begin) / max(float(np.linalg.norm(end - begin)), 1e-9)


def _is_past(position: np.ndarray, begin: np.ndarray, end: np.ndarray) -> bool:
    """Whether a robot on the line from `begin` is beyond `end`."""
    return float((position - end) @ _direction(begin, end)) >= 0.0


def _seen(packet: Packet, point: np.ndarray) -> np.ndarray:
    """Direction (x, y) of a point in the heading frame, and its distance in m."""
    yaw = heading(packet["base_quat"])
    x, y = point - packet["base_pos"][:2]
    distance = math.hypot(x, y)
    scale = 1.0 / max(distance, 1e-3)
    cos, sin = math.cos(yaw), math.sin(yaw)
    return np.array([(cos * x + sin * y) * scale, (cos * y - sin * x) * scale, distance])
