"""Time along a path, with corners cut as far as what is checked lets them be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..collision.body import CollisionBody
from ..collision.world import World
from ..errors import PlanFailure, TrajectoryError
from ..limits import Limits
from ..trajectory.retime import Retimed, retime
from ..trajectory.trajectory import Trajectory
from .gate import first_hit

TOLERANCES = (0.3, 0.1, 0.03, 0.01, 0.0)
"""rad in joint space by which corners are cut, tried in turn; 0 stops at each waypoint."""


def time_path(
    body: CollisionBody,
    world: World,
    waypoints: np.ndarray,
    limits: Limits,
    tolerances: tuple[float, ...] = TOLERANCES,
    check: Callable[[Trajectory], None] | None = None,
) -> Retimed:
    """The motion along waypoints (m, n) that cuts its corners the most, and still is free.

    Args:
        body: the robot and what it holds.
        world: obstacles.
        waypoints: of a path whose straight motions are free.
        limits: of velocity, acceleration and jerk.
        tolerances: rad, largest first.
        check: raises PlanFailure where a motion breaks another rule.

    Raises:
        PlanFailure: even the motion with the least tolerance is refused.
    """
    failure = None
    for tolerance in tolerances if len(waypoints) > 2 else (0.0,):
        try:
            timed = retime(waypoints, limits, tolerance)
        except TrajectoryError as error:  # its own check found rounding beyond a limit
            failure = PlanFailure(str(error), stage="timing")
            continue
        hit = first_hit(body, world, timed.trajectory, limits)
        if hit is not None:
            failure = hit.failure("timing", "The path is not free, stops at its corners or not")
            continue
        try:
            if check is not None:
                check(timed.trajectory)
        except PlanFailure as refused:
            failure = refused
            continue
        return timed
    assert failure is not None  # there is one tolerance at least
    raise failure
