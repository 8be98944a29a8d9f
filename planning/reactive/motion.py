"""A trajectory at a time of the clock; before it begins and after it ends, the robot stands still."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..limits import Array
from ..trajectory.trajectory import Trajectory

_MOMENT = 1e-3
_TOGETHER = 1e-9


@dataclass(frozen=True)
class Motion:
    """trajectory: that begins at the time `begin` of the clock, s."""

    trajectory: Trajectory
    begin: float

    @property
    def end(self) -> float:
        """Time of the clock from which on the robot stands still."""
        return self.begin + self.trajectory.duration

    def states(self, times: np.ndarray) -> Array:
        """(..., 3, dof) position, velocity and acceleration at times (...) of the clock."""
        return np.stack([self.positions(times), self.rates(times, 1), self.rates(times, 2)], axis=-2)

    def positions(self, times: np.ndarray) -> Array:
        """(..., dof) at times (...) of the clock."""
        since = np.asarray(times, float) - self.begin
        return self.trajectory.position(np.clip(since, 0.0, self.trajectory.duration))

    def rates(self, times: np.ndarray, order: int) -> Array:
        """(..., dof) derivatives of an order from 1 up at times (...) of the clock."""
        since = np.asarray(times, float) - self.begin
        values = self.trajectory.derivative(np.clip(since, 0.0, self.trajectory.duration), order)
        values[(since < 0) | (since >= self.trajectory.duration)] = 0.0
        return values

    def then(self, time: float, tail: Trajectory) -> Motion:
        """This one until a time of the clock, and `tail` from there on.

        Raises:
            TrajectoryError: `tail` does not begin with the position, velocity and acceleration of that time.
        """
        until_then = self.trajectory
        rest = time - self.end
        if rest > _TOGETHER:
            end = until_then.position(until_then.duration)
            until_then = until_then.splice(until_then.duration, standing(end, rest))
        return Motion(until_then.splice(time - self.begin, tail), self.begin)

    def since(self, time: float) -> Motion:
        """Without what is over at a time of the clock."""
        if time <= self.begin:
            return self
        if time >= self.end - _TOGETHER:
            return Motion(standing(self.trajectory.position(self.trajectory.duration)), time)
        return Motion(self.trajectory.after(time - self.begin), time)


def standing(position: Array, seconds: float = _MOMENT) -> Trajectory:
    """Rest at a position (dof,)."""
    return Trajectory([0.0, seconds], np.asarray(position, float)[None, None])
