"""From a moving state into a trajectory that begins at rest: how a new path takes over from a running one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import TrajectoryError
from ..limits import Limits
from .state_to_state import SHORTEST, State, state_array, state_to_state
from .synchronise import least_time
from .trajectory import Trajectory

CANDIDATES = 48


@dataclass(frozen=True)
class Entry:
    """trajectory: from the state to the end of the one entered, which it follows from `after` s on.

    `at` is the time, s, of the entered trajectory at which it is joined.
    """

    trajectory: Trajectory
    after: float
    at: float


def enter(start: State, trajectory: Trajectory, limits: Limits, within: float) -> Entry:
    """Reach the end of `trajectory` soonest, from `start`, by joining it before `within` s of it have passed.

    The way into it is a motion of `state_to_state`, straight neither in joint space nor in the world: it
    leaves the old direction as limits allow. So it is for the caller to check what it might hit, up to
    `after`. The smaller `within` is, the less of the path is cut short.

    Raises:
        TrajectoryError: the start is not within limits, `within` is negative or no number, or the trajectory
            keeps no limits where it would be joined.
    """
    if not (np.isfinite(within) and within >= 0):
        raise TrajectoryError(f"A trajectory cannot be joined within {within} s; give 0 or more.")
    bounds = np.stack([limits.velocity, limits.acceleration, limits.jerk])
    first = state_array("start", start, bounds, 1.0)
    times = np.linspace(0.0, min(within, trajectory.duration), CANDIDATES)
    ways = np.array([least_time(first, state, bounds) for state in trajectory.state(times)])
    left = np.where(ways >= 0, ways + trajectory.duration - times, np.inf)
    best = int(np.argmin(left))
    at = float(times[best])
    if 0 <= ways[best] < SHORTEST:
        return Entry(trajectory.after(at), 0.0, at)
    way = state_to_state(start, State(*trajectory.state(at)), limits)
    if at >= trajectory.duration:
        return Entry(way, way.duration, at)
    return Entry(way.splice(way.duration, trajectory.after(at)), way.duration, at)
