"""The soonest rest on a path that is being followed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import TrajectoryError
from ..limits import Limits
from ..trajectory.state_to_state import State, state_array, state_to_state
from ..trajectory.synchronise import least_time
from ..trajectory.trajectory import Trajectory
from .motion import standing

_CANDIDATES = 32
_ROUNDS = 3


@dataclass(frozen=True)
class Stop:
    """trajectory: from the state asked for to rest. at: time in s of the old one, where its path is met."""

    trajectory: Trajectory
    at: float


def soonest_stop(trajectory: Trajectory, time: float, limits: Limits) -> Stop:
    """Brake from the state at `time` s of a trajectory to rest on the rest of its path.

    Of all its points, the one at which all joints can rest soonest, within all limits. In between the motion
    leaves the path by a little where limits of joints differ or the path bends: check it. With one joint in
    motion at its steady speed v it takes v / a + a / j and v (v / a + a / j) / 2 of its way.

    Raises:
        TrajectoryError: there is no such time, or its state is beyond the limits.
    """
    if time >= trajectory.duration:
        return Stop(standing(trajectory.position(trajectory.duration)), trajectory.duration)
    bounds = np.stack([limits.velocity, limits.acceleration, limits.jerk])
    state = State(*trajectory.state(time))
    first = state_array("state to brake from", state, bounds, 1.0)
    if not first[1:].any():
        return Stop(standing(first[0]), time)
    low, high = time, min(time + _longest(limits), trajectory.duration)
    at = high
    for _ in range(_ROUNDS):
        times = np.linspace(low, high, _CANDIDATES)
        goals = np.zeros((_CANDIDATES, *first.shape))
        goals[:, 0] = trajectory.position(times)
        needed = np.array([least_time(first, goals[k], bounds) for k in range(_CANDIDATES)])
        best = int(np.argmin(np.where(needed >= 0, needed, np.inf)))
        at = float(times[best])
        low, high = times[max(best - 1, 0)], times[min(best + 1, _CANDIDATES - 1)]
    goal = trajectory.position(at)
    try:
        return Stop(state_to_state(state, State(goal), limits), at)
    except TrajectoryError:
        if np.abs(goal - first[0]).max() < 1e-9:
            return Stop(standing(goal), at)
        raise


def _longest(limits: Limits) -> float:
    """s that the slowest joint takes to stop from its full speed and acceleration: bounds the search."""
    v, a, j = limits.velocity, limits.acceleration, limits.jerk
    return float((v / a + 2.0 * a / j).max())
