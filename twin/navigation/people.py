"""People on foot who look where they go: they wait for a robot that is close, and one steps out before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...envs.worker import WorkerWalk

Array = npt.NDArray[np.floating]
_KEEP = 1.1  # m to the robot's middle at which a person does not come nearer
_AHEAD, _ASIDE = 3.2, 1.8  # m from the robot to where somebody steps out
_SPEED, _PAUSE = 1.2, 3.0  # m/s, and s in the robot's way
_OUTSIDE = ((-500.0, -500.0), (-499.0, -500.0))


class Person:
    """Walks to and fro between two points, and stops rather than walk into a robot.

    Args:
        path: two points (x, y), m.
        speed: m/s.
        start: m walked at time 0.
    """

    def __init__(self, path: Sequence[tuple[float, float]], speed: float, start: float = 0.0) -> None:
        self._walk = WorkerWalk(path, speed)
        self._times, self._walked = [0.0], [start]

    def pose(self, time: float) -> tuple[np.ndarray, np.ndarray]:
        """Positions and quaternions of the limbs at `time` s, which has been walked up to."""
        walked = np.interp(time, self._times, self._walked)
        return self._walk.pose(float(walked) / self._walk.speed)

    def walk(self, time: float, robot: Array) -> None:
        """Walk up to `time` s beside a robot at (2,) m."""
        before = self._walked[-1]
        after = before + self._walk.speed * (time - self._times[-1])
        here, there = (self._walk.root(np.asarray(walked))[0] for walked in (before, after))
        gap, next_gap = np.linalg.norm(here - robot), np.linalg.norm(there - robot)
        self._times.append(time)
        self._walked.append(before if next_gap < min(_KEEP, gap) else self._allowed(before, after, time))

    def _allowed(self, before: float, after: float, time: float) -> float:
        return after


class Surprise(Person):
    """Is nowhere until told to step out before a robot; crosses its way and stands in it for a while.

    Attributes:
        since: when, s; None before.
    """

    def __init__(self) -> None:
        super().__init__(_OUTSIDE, _SPEED)
        self.since: float | None = None

    def step_out(self, time: float, position: Array, yaw: float, side: float) -> None:
        """Appear at `time` s before a robot at `position` (2,), on its left (`side` 1) or right (-1)."""
        ahead = np.array([np.cos(yaw), np.sin(yaw)])
        left = side * np.array([-ahead[1], ahead[0]])
        start, end = (position + _AHEAD * ahead + shift * left for shift in (_ASIDE, -_ASIDE))
        super().__init__([(float(start[0]), float(start[1])), (float(end[0]), float(end[1]))], _SPEED)
        self._times, self.since = [time], time

    def _allowed(self, before: float, after: float, time: float) -> float:
        if self.since is None:
            return before
        if before < _ASIDE:
            return min(after, _ASIDE)
        in_the_way = time - self.since < _ASIDE / _SPEED + _PAUSE
        return before if in_the_way else min(after, 2 * _ASIDE)
