"""The fastest way along a path within limits of velocity and acceleration, by reachability.

The method is of Pham and Pham, "A New Approach to Time-Optimal Path Parameterization Based on Reachability
Analysis" (2018): on a grid along the path, `x` is the square of the speed and `w` the acceleration along it,
constant in a cell. Backwards, the greatest x from which the next cell's can be entered; forwards, the
greatest w. Its linear programs have two variables and are solved in closed form: for a given x each limit is
a line that bounds w from below or from above, and the greatest x is where a lower one meets an upper one.

Inside a cell of a path of constant bend, acceleration is linear: limits that hold at both of its ends hold
within it. So, other than with collocation, nothing is exceeded between the grid's points. A straight piece is
one cell, for what is reachable across it does not depend on a grid; then it is split where the motion stops
to accelerate and begins to brake.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from ..limits import Array

BLEND_CELLS = 12
"""Even, so that one begins at the middle."""
_TINY = 1e-12


@numba.njit(cache=True)
def fastest(
    lengths: Array, origin: Array, slope: Array, bend: Array, vmax: Array, amax: Array
) -> tuple[Array, Array, Array, Array]:
    """Follow a path of P pieces from rest to rest, see `BlendedPath`.

    Args:
        lengths: (P,). origin, slope, bend: (P, dof). vmax, amax: (dof,) limits.

    Returns:
        (N + 1,) times in s and (N, 5, dof) coefficients of rising powers, continuous up to velocity;
        (P + 1,) times at which pieces begin and the last one ends; (P,) at which a blend is at its middle.
    """
    piece_of, at, du = _cells(lengths, bend)
    r, p, highest = _limit_lines(piece_of, at, du, slope, bend, vmax, amax)
    x = _pass(du, r, p, highest)
    n = len(du)
    times, coefficients = np.zeros(3 * n + 1), np.zeros((3 * n, 5, len(vmax)))
    begins, middles, count = np.zeros(len(lengths) + 1), np.zeros(len(lengths)), 0
    for i in range(n):
        piece = piece_of[i]
        if at[i] == 0.0:
            begins[piece] = times[count]
        if at[i] <= 0.5 * lengths[piece]:
            middles[piece] = times[count]
        if du[i] == lengths[piece]:
            steps, xs = _split(x[i], x[i + 1], du[i], p[i].min(), slope[piece], vmax)
        else:
            steps, xs = np.array([du[i], 0.0, 0.0]), np.array([x[i], x[i + 1], 0.0, 0.0])
        u = at[i]
        for k in range(3):
            if steps[k] <= _TINY * lengths[piece]:
                continue
            speed, w = math.sqrt(xs[k]), 0.5 * (xs[k + 1] - xs[k]) / steps[k]
            times[count + 1] = times[count] + 2.0 * steps[k] / (speed + math.sqrt(xs[k + 1]))
            for j in range(len(vmax)):
                b = bend[piece, j]
                s = slope[piece, j] + b * u
                # q + s z + b z²/2, with z = speed t + w t²/2
                c = coefficients[count, :, j]
                c[0] = origin[piece, j] + u * (slope[piece, j] + 0.5 * b * u)
                c[1], c[2] = s * speed, 0.5 * (s * w + b * xs[k])
                c[3], c[4] = 0.5 * b * speed * w, 0.125 * b * w * w
            u += steps[k]
            count += 1
    begins[-1] = times[count]
    return times[: count + 1], coefficients[:count], begins, middles


@numba.njit(cache=True)
def _cells(lengths: Array, bend: Array) -> tuple[np.ndarray, Array, Array]:
    """(N,) the piece of each cell, where it begins in it, and how long it is."""
    count = len(lengths) * BLEND_CELLS
    piece_of, at, du, n = np.empty(count, np.int64), np.empty(count), np.empty(count), 0
    for piece in range(len(lengths)):
        parts = BLEND_CELLS if np.any(bend[piece] != 0.0) else 1
        for i in range(parts):
            piece_of[n], at[n], du[n] = piece, lengths[piece] * i / parts, lengths[piece] / parts
            n += 1
    return piece_of[:n], at[:n], du[:n]


@numba.njit(cache=True)
def _limit_lines(
    piece_of: np.ndarray, at: Array, du: Array, slope: Array, bend: Array, vmax: Array, amax: Array
) -> tuple[Array, Array, Array]:
    """Of each cell, `r` and `p` (N, 2 dof) of lines `-p - r x <= w <= p - r x`; (N + 1,) greatest x."""
    n, dof = len(du), len(vmax)
    r, p, highest = np.empty((n, 2 * dof)), np.empty((n, 2 * dof)), np.full(n + 1, np.inf)
    for i in range(n):
        for j in range(dof):
            b = bend[piece_of[i], j]
            s = slope[piece_of[i], j] + b * at[i]
            quickest = (vmax[j] / max(abs(s), abs(s + b * du[i]), _TINY)) ** 2
            highest[i], highest[i + 1] = min(highest[i], quickest), min(highest[i + 1], quickest)
            for end in range(2):  # acceleration there is `a w + b x`, with x that of the cell's beginning
                a = s + 3.0 * end * b * du[i]
                a = math.copysign(max(abs(a), _TINY), a)
                p[i, 2 * j + end], r[i, 2 * j + end] = amax[j] / abs(a), b / a
                if b != 0.0:
                    highest[i] = min(highest[i], amax[j] / abs(b))
    return r, p, highest


@numba.njit(cache=True)
def _pass(du: Array, r: Array, p: Array, highest: Array) -> Array:
    """(N + 1,) squared speeds at the grid, at rest at both ends; arguments as `_limit_lines` returns them."""
    n, rows = r.shape
    reachable = np.zeros(n + 1)
    for i in range(n - 1, -1, -1):
        ahead = 0.5 / du[i]  # x of the next point is x + w / ahead, from 0 to reachable
        best = highest[i]
        for lower in range(rows):
            if r[i, lower] < ahead:
                best = min(best, (p[i, lower] + ahead * reachable[i + 1]) / (ahead - r[i, lower]))
            else:
                best = min(best, p[i, lower] / max(r[i, lower] - ahead, _TINY))
            for upper in range(rows):
                if r[i, upper] > r[i, lower]:
                    best = min(best, (p[i, lower] + p[i, upper]) / (r[i, upper] - r[i, lower]))
        reachable[i] = best
    x = np.zeros(n + 1)
    for i in range(n):
        w = np.inf
        for upper in range(rows):
            w = min(w, p[i, upper] - r[i, upper] * x[i])
        x[i + 1] = max(min(x[i] + 2.0 * du[i] * w, reachable[i + 1]), 0.0)
    return x


@numba.njit(cache=True)
def _split(x0: float, x1: float, length: float, w: float, slope: Array, vmax: Array) -> tuple[Array, Array]:
    """Lengths (3,) and squared speeds (4,) of accelerating at `w`, cruising, braking on a straight piece."""
    cruise = 0.5 * (x0 + x1) + w * length
    for j in range(len(vmax)):
        cruise = min(cruise, (vmax[j] / max(abs(slope[j]), _TINY)) ** 2)
    up, down = 0.5 * max(cruise - x0, 0.0) / w, 0.5 * max(cruise - x1, 0.0) / w
    return np.array([up, max(length - up - down, 0.0), down]), np.array([x0, cruise, cruise, x1])
