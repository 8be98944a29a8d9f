"""Out of the way of what comes: short motions in many directions, of which the least bad is taken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..collision.distance_numba import distances
from ..errors import TrajectoryError
from ..limits import Array
from ..trajectory.state_to_state import State, state_to_state
from .check import MotionCheck
from .forecast import Forecast
from .motion import Motion

_AWAY = (0.15, 0.3, 0.6)  # rad along the gradient of the distance
_ASIDE = ((0.15, 4), (0.5, 8))  # spread of random motions in rad, and how many
_SPARE = 0.02
"""m beyond the forecast's clearance that are worth moving for."""
_PER_SECOND = 1e-3  # m s of missing clearance that a second of motion is worth


def evasion(
    check: MotionCheck,
    running: Motion,
    time: float,
    back: Array,
    forecast: Forecast,
    rng: np.random.Generator,
) -> Motion:
    """The motion that misses least of the clearance, summed over time, while all goes on as foreseen.

    Args:
        check: of the robot.
        running: motion that is left at `time`; it is among those looked at.
        time: of the clock, s.
        back: (n, dof) positions that the robot has been at, where it was free.
        forecast: of the world.
        rng: of random directions.
    """
    limits = check.body.group.limits
    state = running.states(np.array(time))
    ways = [running.since(time)]
    for goal in _goals(check, state[0], back, forecast, rng):
        goal = np.clip(goal, limits.lower, limits.upper)
        try:
            way = Motion(state_to_state(State(*state), State(goal), limits.rates), time)
        except TrajectoryError:
            continue  # already there, or too near to a limit for numbers
        if check.within_limits(way):  # one that moves on towards a limit may pass it before it turns
            ways.append(way)
    missing = np.maximum(_SPARE - check.clearances(ways, time, forecast), 0.0)
    lasts = np.array([max(way.end - time, 0.0) for way in ways])
    order = np.argsort(missing.mean(axis=1) + _PER_SECOND * lasts, kind="stable")
    # Ranks are by samples; what is taken should be free between them, too, where there is such a motion.
    best = order[0]
    for number in order[:3]:
        if check.first_conflict(ways[number], time, forecast) == np.inf:
            best = number
            break
    return running.then(time, ways[best].trajectory) if best else running


def _goals(
    check: MotionCheck, position: Array, back: Array, forecast: Forecast, rng: np.random.Generator
) -> Iterator[Array]:
    """Positions (dof,): where it was before, away from what is nearest at the end, and aside."""
    yield from back
    near = distances(check.body, forecast.whole(forecast.slices), position)
    slope = near.gradient[0, int(np.argmin(near.distance[0]))]
    steepest = np.abs(slope).max()
    if steepest > 0:
        for step in _AWAY:
            yield position + step * slope / steepest
    for spread, count in _ASIDE:
        yield from position + rng.uniform(-spread, spread, (count, len(position)))
