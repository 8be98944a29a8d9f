"""A polyline in joint space whose corners are cut by parabolas, so that it can be followed without stopping.

A blend leaves the line at a distance `l` before the corner and joins the next one `l` after it. It is the
quadratic Bezier curve with the corner in its middle: direction is continuous, its derivative `(b - a) / 2l`
is constant, for directions a and b. Halfway it is `l |b - a| / 4` from the corner, farther from the lines
than anywhere else. Kunz and Stilman ("Time-Optimal Trajectory Generation for Path Following with Bounded
Acceleration and Velocity", RSS 2012) cut corners by circles; a parabola keeps every joint a polynomial.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from ..limits import Array

_STRAIGHT = 1e-9
"""Change of direction below which there is no corner, nor a segment."""


@dataclass(frozen=True)
class BlendedPath:
    """P pieces `origin + slope r + bend r²/2`, with r from 0 to the piece's length.

    Attributes:
        lengths: (P,) rad of joint space; the slope is of length 1 but inside of blends.
        origin, slope, bend: (P, dof).
        waypoint_piece: (n,) piece in whose middle a waypoint's corner is; for those without a blend, the
            piece that begins there, the last one being P.
        deviation: rad from the polyline, and from its waypoints, at the most.
    """

    lengths: Array
    origin: Array
    slope: Array
    bend: Array
    waypoint_piece: np.ndarray
    deviation: float


def blend_corners(waypoints: Array, tolerance: float) -> BlendedPath:
    """Cut the corners of (n, dof) distinct waypoints, by no more than `tolerance` rad in joint space.

    A blend takes at most what its neighbours leave of a segment, which is no less than the half.
    """
    lengths, origin, slope, bend, at, count, deviation = _blend(waypoints, tolerance)
    return BlendedPath(lengths[:count], origin[:count], slope[:count], bend[:count], at, deviation)


@numba.njit(cache=True)
def _blend(waypoints: Array, tolerance: float) -> tuple[Array, Array, Array, Array, np.ndarray, int, float]:
    n, dof = waypoints.shape
    directions, segments = np.empty((n - 1, dof)), np.empty(n - 1)
    for i in range(n - 1):
        directions[i] = waypoints[i + 1] - waypoints[i]
        segments[i] = _norm(directions[i])
        directions[i] /= segments[i]
    turns, wanted = np.zeros(n), np.zeros(n)
    for i in range(1, n - 1):
        turns[i] = _norm(directions[i] - directions[i - 1])
        if turns[i] > _STRAIGHT:
            wanted[i] = 4.0 * tolerance / turns[i]
    shape = (2 * n - 2, dof)
    lengths, at = np.empty(2 * n - 2), np.zeros(n, np.int64)
    origin, slope, bend = np.empty(shape), np.empty(shape), np.zeros(shape)
    piece, taken, deviation = 0, 0.0, 0.0
    for i in range(n - 1):
        cut = 0.0
        if i < n - 2:
            before = segments[i] - min(wanted[i], 0.5 * segments[i])
            after = segments[i + 1] - min(wanted[i + 2], 0.5 * segments[i + 1])
            cut = min(wanted[i + 1], before, after)
        if segments[i] - taken - cut > _STRAIGHT:
            lengths[piece] = segments[i] - taken - cut
            origin[piece] = waypoints[i] + taken * directions[i]
            slope[piece] = directions[i]
            piece += 1
        at[i + 1] = piece
        if cut > 0.0:
            lengths[piece] = 2.0 * cut
            origin[piece] = waypoints[i + 1] - cut * directions[i]
            slope[piece] = directions[i]
            bend[piece] = (directions[i + 1] - directions[i]) / (2.0 * cut)
            piece += 1
            deviation = max(deviation, 0.25 * cut * turns[i + 1])
        taken = cut
    return lengths, origin, slope, bend, at, piece, deviation


@numba.njit(cache=True)
def _norm(vector: Array) -> float:
    total = 0.0
    for value in vector:
        total += value * value
    return np.sqrt(total)
