"""How what comes into the way moves: on a straight line, in to a stop, through, or in and out again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...planning.collision.obstacles import Box, Sphere
from ...planning.limits import Array

ACCELERATION = 3.0
"""m/s² with which things get going and stop: a hand that is not in a hurry."""


@dataclass(frozen=True, eq=False)
class Track:
    """An obstacle on its way.

    Attributes:
        shape: at the start.
        direction: (3,) of length 1.
        length: of the way in, m.
        speed: at most, m/s.
        begin: time at which it sets out, s; may be before 0.
        stay: s that it rests at the end before it goes back; inf if it never does.
    """

    shape: Sphere | Box
    direction: Array
    length: float
    speed: float
    begin: float
    stay: float = float("inf")

    @property
    def one_way(self) -> float:
        """s that the way takes."""
        return self.length / self.speed + self.speed / ACCELERATION

    @property
    def over(self) -> float:
        """Time from which on it rests for good, s."""
        return self.begin + self.one_way + (self.stay + self.one_way if np.isfinite(self.stay) else 0.0)

    def offset(self, times: Array) -> Array:
        """(N, 3) m from the start at times (N,)."""
        gone = self._profile(np.asarray(times, float) - self.begin)
        if np.isfinite(self.stay):
            gone = gone - self._profile(np.asarray(times, float) - self.begin - self.one_way - self.stay)
        return gone[:, None] * self.direction

    def at(self, time: float) -> Sphere | Box:
        """Where it is."""
        return replace(self.shape, centre=np.asarray(self.shape.centre) + self.offset(np.array([time]))[0])

    def _profile(self, since: Array) -> Array:
        """(N,) m of a way that begins at 0 with constant acceleration, then speed, then deceleration."""
        ramp, total = self.speed / ACCELERATION, self.one_way
        t = np.clip(since, 0.0, total)
        up, down = np.minimum(t, ramp), np.maximum(t - (total - ramp), 0.0)
        return self.speed * (t - up) + ACCELERATION * up**2 / 2 - ACCELERATION * down**2 / 2
