"""A path that is followed: its waypoints, and when each is passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..errors import TrajectoryError
from ..limits import Array, Limits
from ..trajectory.enter import enter
from ..trajectory.retime import retime
from ..trajectory.state_to_state import State
from .brake import Stop
from .motion import Motion

_TOLERANCES = (0.05, 0.01)  # rad: a bolder and a more careful motion along the same waypoints
_WITHIN = 0.6  # s of a new path that may be cut short when it is entered


@dataclass(frozen=True)
class Route:
    """motion: to the goal. waypoints: (n, dof) of its path. passes: (n,) times of the clock near each."""

    motion: Motion
    waypoints: Array
    passes: Array

    def left(self, time: float) -> Array:
        """(m, dof) waypoints that are not passed yet, the goal at the least."""
        return self.waypoints[np.append(self.passes[:-1] > time, True)]


def routes(running: Motion, time: float, stop: Stop, waypoints: Array, limits: Limits) -> Iterator[Route]:
    """Ways from a running motion to the last of (n, dof) waypoints, the fastest first.

    The path is entered in motion, or, where that leads through something, after a stop. Each joins the
    running motion at `time` in position, velocity and acceleration.

    Args:
        running: that is left at `time` of the clock, s.
        stop: from there to rest at the first waypoint.
        waypoints: joined by straight lines in joint space.
    """
    state = State(*running.states(np.array(time)))
    for tolerance in _TOLERANCES[: 2 if len(waypoints) > 2 else 1]:
        try:
            timed = retime(waypoints, limits, tolerance)
            entry = enter(state, timed.trajectory, limits, _WITHIN)
        except TrajectoryError:
            continue
        joined = running.then(time, entry.trajectory)
        yield Route(joined, waypoints, time + entry.after - entry.at + timed.passes)
        rest = stop.trajectory.duration
        stopped = running.then(time, stop.trajectory.splice(rest, timed.trajectory))
        yield Route(stopped, waypoints, time + rest + timed.passes)
