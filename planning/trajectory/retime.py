"""Time along a path of waypoints: fast, jerk-limited, and no farther from the polyline than allowed.

1. Corners are cut by parabolas (`blends.py`).
2. The path is followed as fast as limits of velocity and acceleration allow (`path_speed.py`).
3. A moving average bounds the jerk (`smooth.py`). Its window is as long as it takes to turn all of the
   acceleration around at full jerk: 4 ms for a Panda, 0.2 s where jerk builds acceleration up in 0.1 s.
   With less acceleration the window is shorter: the best trade is searched for.

A motion that stops at each waypoint leaves the polyline nowhere; where it is faster, it is what is returned.
Between two waypoints it always is, and time-optimal on that line.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from ..errors import TrajectoryError
from ..limits import Array, Limits
from .blends import blend_corners
from .path_speed import fastest
from .smooth import moving_average
from .synchronise import least_time, motion_in
from .trajectory import Trajectory

SHORTEST_SEGMENT = 1e-6
"""rad: a waypoint nearer to the one before is left out."""
_FOR_ROUNDING = 1e-6
"""Part of the velocity's limit that motions through blends leave: one in ten would pass it by some 1e-7."""
_LESS_ACCELERATION = 0.85
"""Factor from one try to the next."""


@dataclass(frozen=True)
class Retimed:
    """A trajectory through waypoints.

    Attributes:
        trajectory: from rest at the first waypoint to rest at the last.
        deviation: rad in joint space (Euclidean) by which it leaves the polyline at the most: a bound.
        passes: (n,) s at which it is nearest to each waypoint, to a few milliseconds.
    """

    trajectory: Trajectory
    deviation: float
    passes: Array


def retime(waypoints: ArrayLike, limits: Limits, tolerance: float = 0.05) -> Retimed:
    """Move along (n, dof) waypoints in rad, joined by straight lines in joint space.

    Args:
        tolerance: rad in joint space (Euclidean) by which the motion may leave the polyline, and miss a
            waypoint. A point at distances r_j from the axes of the joints is then off by no more than
            `tolerance sqrt(sum r_j²)` m. With 0 it stops at each waypoint.

    Raises:
        TrajectoryError: fewer than two waypoints that differ, a wrong shape, a value that is not finite, a
            negative tolerance, or, which would be a mistake of ours, a result that fails its check.
    """
    points, index = _distinct(waypoints, limits.dof)
    if not (np.isfinite(tolerance) and tolerance >= 0):
        raise TrajectoryError(f"A tolerance of {tolerance} rad is none; it must be 0 or more.")
    best = _stopping(points, limits)
    if len(points) > 2 and tolerance > 0:
        tries = [best, *_moving(points, limits, tolerance, best.trajectory.duration)]
        best = min(tries, key=lambda one: one.trajectory.duration)
    violation = best.trajectory.check(limits)
    if violation is not None:
        raise TrajectoryError(f"The motion found does not keep the limits: {violation}")
    return Retimed(best.trajectory, best.deviation, best.passes[index])


def _distinct(waypoints: ArrayLike, dof: int) -> tuple[Array, np.ndarray]:
    """Waypoints without repetitions, and (n,) which of these each one is."""
    points = np.array(waypoints, np.float64)
    if points.ndim != 2 or points.shape[1] != dof:
        raise TrajectoryError(f"Waypoints have shape {points.shape}; give (n, {dof}).")
    wrong = np.argwhere(~np.isfinite(points))
    if len(wrong):
        raise TrajectoryError(f"Waypoint {wrong[0, 0]} has no number for joint {wrong[0, 1]}.")
    kept, index = [], []
    for point in points:
        if not kept or np.linalg.norm(point - kept[-1]) > SHORTEST_SEGMENT:
            kept.append(point)
        index.append(len(kept) - 1)
    if len(kept) < 2:
        raise TrajectoryError(f"There must be at least two waypoints that differ; there are {len(kept)}.")
    return np.array(kept), np.array(index)


def _stopping(points: Array, limits: Limits) -> Retimed:
    """Rest at each waypoint; in between, the fastest motion along the line."""
    times, coefficients, passes = [np.zeros(1)], [], [0.0]
    for a, b in pairwise(points):
        length = float(np.linalg.norm(b - a))
        direction = (b - a) / length
        share = np.maximum(np.abs(direction), 1e-12)
        bounds = np.array(
            [[(limit / share).min()] for limit in (limits.velocity, limits.acceleration, limits.jerk)]
        )
        start, goal = np.zeros((3, 1)), np.array([[length], [0.0], [0.0]])
        time = least_time(start, goal, bounds)
        knots, along, found = motion_in(time, start, goal, bounds)
        if not found:
            raise TrajectoryError(f"No motion from {a} to {b} was found within the limits.")
        piece = along * direction
        piece[:, 0] += a
        coefficients.append(piece)
        times.append(passes[-1] + knots[1:])
        passes.append(passes[-1] + time)
    trajectory = Trajectory(np.concatenate(times), np.concatenate(coefficients))
    return Retimed(trajectory, 0.0, np.array(passes))


def _moving(points: Array, limits: Limits, tolerance: float, shortest: float) -> list[Retimed]:
    """Tries with less and less acceleration, until the motion takes longer again, or than `shortest` s."""
    turn = float((2.0 * limits.acceleration / limits.jerk).max())  # s to turn all acceleration around
    size = float(np.linalg.norm(limits.acceleration))
    velocity = (1.0 - _FOR_ROUNDING) * limits.velocity
    tries: list[Retimed] = []
    part = 1.0
    while True:
        window = part * turn
        reserve = min(part * size * window**2 / 24.0, 0.5 * tolerance)  # for the average
        path = blend_corners(points, tolerance - reserve)
        times, coefficients, begins, middles = fastest(
            path.lengths, path.origin, path.slope, path.bend, velocity, part * limits.acceleration
        )
        if times[-1] + (window if tries else 0.0) >= shortest:
            return tries
        deviation = path.deviation + _peak_acceleration(times, coefficients) * window**2 / 24.0
        if deviation <= tolerance * (1.0 + 1e-9):
            trajectory = Trajectory(*moving_average(times, coefficients, window))
            begins[:-1] = np.where((path.bend != 0).any(axis=1), middles, begins[:-1])
            passes = begins[path.waypoint_piece] + 0.5 * window
            passes[0], passes[-1] = 0.0, trajectory.duration
            shortest = trajectory.duration
            tries.append(Retimed(trajectory, min(deviation, tolerance), passes))
        part *= _LESS_ACCELERATION


def _peak_acceleration(times: Array, coefficients: Array) -> float:
    """The greatest Euclidean norm of acceleration: it is linear along each piece, so greatest at an end."""
    span = np.diff(times)[:, None]
    begin = 2.0 * coefficients[:, 2]
    end = begin + span * (6.0 * coefficients[:, 3] + 12.0 * span * coefficients[:, 4])
    return float(np.sqrt(max((begin**2).sum(axis=1).max(), (end**2).sum(axis=1).max())))
