"""Speeds along a way, clear of what the map shows: the dynamic window (Fox, Burgard and Thrun, 1997)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .floor_map import FloorMap
from .way import RADIUS

Array = npt.NDArray[np.floating]
_LOOKAHEAD = 1.0  # m along the way
_HORIZON, _STEPS = 1.2, 8  # s that an arc is looked ahead, and points on it
_FORWARD, _TURNING = 0.6, 2.0  # greatest changes, m/s2 and rad/s2


@dataclass(frozen=True)
class Limits:
    """Greatest speeds, m/s and rad/s."""

    forward: float = 1.0
    turning: float = 1.2


class Steering:
    """Chooses (forward m/s, turning rad/s) tick by tick.

    Args:
        limits: of the speeds.
        period: of a tick, s.
    """

    def __init__(self, limits: Limits, period: float) -> None:
        self.limits, self._period = limits, period
        self.forward = self.turning = 0.0

    def stop(self) -> tuple[float, float]:
        """Brake, straight on."""
        self.forward = max(self.forward - 2 * _FORWARD * self._period, 0.0)
        self.turning = 0.0
        return self.forward, self.turning

    def follow(self, way: Array, pose: tuple[float, float, float], floor: FloorMap) -> tuple[float, float]:
        """Along `way` (n, 2) in m from `pose` (x, y in m, yaw in rad), clear of obstacles.

        Where every arc meets something, the robot stops and turns on the spot.
        """
        x, y, yaw = pose
        target = _ahead(way, np.array([x, y]))
        left = float(np.linalg.norm(way[-1] - (x, y)))
        forwards, turnings = self._window(left)
        arcs = _arcs(pose, forwards, turnings)
        gaps = floor.clearance_at(arcs).min(axis=1)
        end = arcs[:, -1]
        heading = yaw + turnings * _HORIZON
        bearing = np.arctan2(target[1] - end[:, 1], target[0] - end[:, 0])
        off = np.abs((bearing - heading + np.pi) % (2 * np.pi) - np.pi)
        away = np.hypot(*(target - end).T)
        score = (
            1.5 * away + 0.5 * off * np.minimum(away, 1.0) + 1.5 * np.clip(RADIUS + 0.25 - gaps, 0.0, None)
        )
        score = score + np.where((gaps < RADIUS) & (forwards > 0), 50.0 + forwards, 0.0)
        best = int(np.argmin(score))
        self.forward, self.turning = float(forwards[best]), float(turnings[best])
        return self.forward, self.turning

    def _window(self, left: float) -> tuple[Array, Array]:
        """Speeds (n,) that can be reached within a tick, and from which the robot can stop at the goal."""
        step, turn = _FORWARD * self._period, _TURNING * self._period
        most = min(self.limits.forward, math.sqrt(2 * _FORWARD * max(left - 0.05, 0.0)) + 0.05)
        fastest = min(self.forward + step, most)
        slowest = max(self.forward - 2 * step, 0.0)
        forwards = np.append(np.linspace(slowest, max(fastest, slowest), 4), slowest)
        low = max(self.turning - turn, -self.limits.turning)
        high = min(self.turning + turn, self.limits.turning)
        turnings = np.append(np.linspace(low, high, 9), np.clip(0.0, low, high))
        pairs = np.stack(np.meshgrid(forwards, turnings), axis=-1).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]


def _arcs(pose: tuple[float, float, float], forwards: Array, turnings: Array) -> Array:
    """Points (n, steps, 2) on the arcs of constant speeds."""
    x, y, yaw = pose
    times = np.linspace(_HORIZON / _STEPS, _HORIZON, _STEPS)
    middle = yaw + turnings[:, None] * times / 2
    chord = forwards[:, None] * times * np.sinc(turnings[:, None] * times / (2 * np.pi))
    return np.stack([x + chord * np.cos(middle), y + chord * np.sin(middle)], axis=-1)


def _ahead(way: Array, position: Array) -> Array:
    """The point of the way `_LOOKAHEAD` m beyond the one nearest to `position`."""
    nearest = int(np.argmin(np.sum((way - position) ** 2, axis=1)))
    rest = way[nearest:]
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(rest, axis=0), axis=1))])
    return np.array([np.interp(_LOOKAHEAD, along, axis) for axis in rest.T])
