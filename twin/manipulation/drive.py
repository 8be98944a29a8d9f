"""Moves the arm along trajectories, slows down along them when somebody is in the way, and backs out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...perception.poses import Array
from ...planning.collision.body import CollisionBody
from ...planning.collision.free_numba import is_free
from ...planning.collision.obstacles import Sphere
from ...planning.collision.world import World
from ...planning.trajectory.trajectory import Trajectory
from .arm import Arm

_LOOK_EVERY = 0.1  # s
_RAMP = 0.25  # s from full speed to a stop along the path
_AHEAD = 0.04  # s between the configurations that are checked
_PATIENCE = 0.4  # s without a way ahead before it gives the motion up
_SETTLED, _SETTLING = 0.003, 0.5  # rad, s
_LONGEST = 20.0  # s without a way ahead where it may not give up so soon
_KEEP_OFF = 0.08  # m beyond an intruder's spheres, nearer than which the arm goes back
_COMING, _MOVED = 0.12, 0.025
"""m that who reaches in may come nearer, at 0.3 m/s, until he is seen again and the arm stands; and m from
where he was seen in the last looks with which he is taken to be moving."""
_REMEMBERED = 10  # looks: at the rim of what stands still, noise shows a sphere now and then
_CAREFUL = 0.4
"""Of a straight way's speed: what joints are behind by is about as the square of it, at full speed 2 cm."""
_BACK_SPEED = 0.8  # of that on the way there


class Watch(Protocol):
    """Tells who is in the way. Attributes: body: the arm, and what it holds, as planning has it."""

    body: CollisionBody

    def intruders(self) -> dict[str, Sphere]:
        """Spheres around what reaches in, as obstacles in the base."""
        ...


class Nobody:
    """A watch where nobody comes."""

    def __init__(self, body: CollisionBody) -> None:
        self.body = body

    def intruders(self) -> dict[str, Sphere]:
        """None."""
        return {}


@dataclass(frozen=True)
class Moved:
    """How a motion ended.

    Attributes:
        done: whether it reached its end.
        error: rad, the largest difference between where a joint was sent and where it was.
        waited: s that it stood or was slowed down.
    """

    done: bool
    error: float
    waited: float


class Driver:
    """Moves an arm.

    Attributes:
        intruders: what the lookout saw last.
    """

    def __init__(self, arm: Arm, lookout: Watch) -> None:
        self._arm, self._lookout = arm, lookout
        self.intruders: dict[str, Sphere] = {}
        self._world, self._room = World(), 0.0
        self._looked, self._seen = -np.inf, deque[Array](maxlen=_REMEMBERED)
        self._target, _ = arm.read()

    @property
    def target(self) -> Array:
        """Where the arm was sent last, (7,) rad."""
        return self._target

    def follow(self, trajectory: Trajectory, committed_after: float | None = None) -> Moved:
        """Move along a trajectory that begins where the arm was sent last.

        Before the way ahead meets an intruder, the arm slows down on it and stands. If the way stays blocked,
        the motion ends there; not after `committed_after` s of it, as on a straight way to an object, before
        which it settles.
        """
        committed_after = trajectory.duration if committed_after is None else committed_after
        time, rate, error, waited, farthest, since = 0.0, 1.0, 0.0, 0.0, 0.0, self._arm.time
        step, change = self._arm.period, self._arm.period / _RAMP
        while time < trajectory.duration:
            self._look()
            blocked = self._blocked(trajectory, time)
            if time < committed_after <= time + rate * step < trajectory.duration:
                self.settle()  # what swings still must not swing on a straight way between things
            full = _CAREFUL if time + rate * step >= committed_after else 1.0
            rate = max(rate - change, 0.0) if blocked else min(rate + change, full)
            time = min(time + rate * step, trajectory.duration)
            position = trajectory.position(time)
            self._arm.write(position, rate * trajectory.velocity(time))
            self._target = position
            error = max(error, float(np.abs(self._arm.read()[0] - position).max()))
            waited += (full - min(rate, full)) * step
            if time > farthest:  # there and back again is no way ahead
                farthest, since = time, self._arm.time
            if self._arm.time - since > (_PATIENCE if time < committed_after else _LONGEST):
                return Moved(False, error, waited)
            if rate == 0.0 and self._is_close(position):
                time = self._back_out(trajectory, time)
        self.settle()
        return Moved(True, error, waited)

    def settle(self) -> None:
        """Stand until the arm is where it was sent, or half a second is over."""
        for _ in range(round(_SETTLING / self._arm.period)):
            self._arm.write(self._target, np.zeros_like(self._target))
            if np.abs(self._arm.read()[0] - self._target).max() < _SETTLED:
                break

    def wait(self, seconds: float) -> None:
        """Stand for some seconds."""
        for _ in range(round(seconds / self._arm.period)):
            self._look()
            self._arm.write(self._target, np.zeros_like(self._target))

    def _look(self) -> None:
        if self._arm.time - self._looked >= _LOOK_EVERY - 1e-9:
            self._looked = self._arm.time
            self.intruders = self._lookout.intruders()
            self._world = World(self.intruders)
            now = np.array([sphere.centre for sphere in self.intruders.values()]).reshape(-1, 3)
            self._room = _COMING if _has_moved(np.concatenate([np.empty((0, 3)), *self._seen]), now) else 0.0
            self._seen.append(now)

    def _blocked(self, trajectory: Trajectory, time: float) -> bool:
        if not self.intruders:
            return False
        times = np.append(np.arange(time, trajectory.duration, _AHEAD), trajectory.duration)
        return not is_free(
            self._lookout.body, self._world, trajectory.position(times), margin=self._room
        ).all()

    def _is_close(self, position: Array) -> bool:
        return not is_free(self._lookout.body, self._world, position[None], margin=_KEEP_OFF)[0]

    def _back_out(self, trajectory: Trajectory, time: float) -> float:
        """Go back along the trajectory, away from an intruder that comes nearer; the time on it then."""
        rate = 0.0
        while time > 0 and self._is_close(trajectory.position(time)):
            rate = min(rate + self._arm.period / _RAMP, _BACK_SPEED)
            time = max(time - rate * self._arm.period, 0.0)
            self._look()
            self._target = trajectory.position(time)
            self._arm.write(self._target, -rate * trajectory.velocity(time))
        return time


def _has_moved(before: Array, now: Array) -> bool:
    """Whether some of the spheres, by their middles (k, 3), are where none was."""
    away = np.linalg.norm(now[:, None] - before[None], axis=2).min(axis=1, initial=np.inf)
    return bool((away > _MOVED).any())
