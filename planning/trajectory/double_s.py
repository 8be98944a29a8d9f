"""One joint from any state to any other in a given time, with bounded velocity, acceleration and jerk.

Units here are such that the limits of jerk and acceleration are 1: time is in A / J, position in A³ / J².

With velocity, acceleration and jerk bounded, the motions between two states in a time T form a convex set.
So what they travel fills an interval, whose ends are travelled by the two motions that Pontryagin's
principle allows: *up first*, jerk +, 0, -, 0, -, 0, + (the double S of Biagiotti and Melchiorri,
"Trajectory Planning for Automatic Machines and Robots", 2008, ch. 3, between any two states), and its mirror
image. Two things follow.

- A time is feasible if the distance is between the two. It begins and ceases to be so only where the
  distance equals one of the two, at a root of a polynomial of degree 4 or less in each of five cases: which
  accelerations and velocities reach their limits. These are the ends of the "inoperative intervals" of
  Kröger ("On-Line Trajectory Generation in Robotic Systems", 2010) and Berscheid and Kröger (2021).
- At a feasible time, the mean of the two, weighted by how far the distance is from each, is a motion that
  keeps all limits and arrives in time.

In a phase of jerk 1 the velocity is `c + a²/2`; `c` belongs to the first phase, `e` to the last. With peaks
of acceleration `x` in the first half and `y` in the second, held for `h` and `g`, velocity is continuous if
`x² - y² + h - g = e - c =: k`, and the cubic terms cancel in what is travelled.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from ..limits import Array
from .polynomials import MAX_DEGREE, roots_in

JERKS = np.array([1.0, 0.0, -1.0, 0.0, -1.0, 0.0, 1.0])
"""Jerk of the seven phases of a motion that is up first."""
MAX_TIMES = 64
"""No two states have more candidate times than this."""
SLACK = 1e-9
"""How far a computed motion may miss its own conditions, through rounding, and still count."""


@numba.njit(cache=True)
def extreme_phases(time: float, v0: float, a0: float, vf: float, af: float, vmax: float, t: Array) -> float:
    """Phases of the motion that is up first and takes `time`, into `t` (7,).

    Returns:
        How far the nearest such motion is from being one: above SLACK there is none, `time` is too short.
    """
    c, e = v0 - 0.5 * a0 * a0, vf - 0.5 * af * af
    k = e - c
    best, x, y, h, g, cruise = math.inf, 0.0, 0.0, 0.0, 0.0, 0.0
    for case in range(5):
        xi, yi, hi, gi, ci = 1.0, -1.0, 0.0, 0.0, 0.0
        if case == 0:  # no limit is reached
            s = 0.5 * (time - af + a0)
            if s > 1e-12:
                xi, yi = 0.5 * (s + k / s), 0.5 * (k / s - s)
            else:
                xi = yi = max(a0, af) if abs(s) <= SLACK and abs(k) <= SLACK else math.inf
        elif case == 1:  # the first acceleration
            square = time - k + a0 - af
            yi = 1.0 - math.sqrt(max(square, 0.0))
            hi = yi * yi + k - 1.0
            ci = min(square, 0.0)
        elif case == 2:  # the second acceleration
            square = time + k + a0 - af
            xi = math.sqrt(max(square, 0.0)) - 1.0
            gi = xi * xi - k - 1.0
            ci = min(square, 0.0)
        elif case == 3:  # both
            hi = 0.5 * (time - 4.0 + a0 - af + k)
            gi = hi - k
        else:  # the velocity, and accelerations as they come
            xi, hi = _ramp(vmax - c, a0)
            yi, gi = _ramp(vmax - e, -af)
            yi = -yi
            ci = time - ((xi - a0) + hi + (xi - yi) + gi + (af - yi))
        miss = max(a0 - xi, yi - af, xi - 1.0, -1.0 - yi, yi - xi, -hi, -gi, -ci)
        if case < 4 and xi > 0.0 > yi:
            miss = max(miss, c + xi * xi + hi - vmax)
        if miss < best:
            best, x, y, h, g, cruise = miss, xi, yi, hi, gi, ci
    if best > SLACK:
        return best
    t[0], t[1], t[5], t[6] = max(x - a0, 0.0), max(h, 0.0), max(g, 0.0), max(af - y, 0.0)
    if cruise > 0.0:
        t[2], t[3], t[4] = x, cruise, -y
    else:
        t[2], t[3], t[4] = max(x - y, 0.0), 0.0, 0.0
    return best


@numba.njit(cache=True, inline="always")
def _ramp(gain: float, least: float) -> tuple[float, float]:
    """Peak acceleration, and how long it is held, on the way to the highest velocity.

    The peak is `least` at the least, but for rounding: a root turns 1e-16 into 1e-8.
    """
    return (1.0, gain - 1.0) if gain > 1.0 else (max(math.sqrt(max(gain, 0.0)), least), 0.0)


@numba.njit(cache=True)
def travelled(t: Array, v0: float, a0: float) -> float:
    """Distance of phases `t` (7,) that are up first."""
    p, v, a = 0.0, v0, a0
    for i in range(7):
        dt, jerk = t[i], JERKS[i]
        p += dt * (v + dt * (0.5 * a + dt * jerk / 6.0))
        v += dt * (a + 0.5 * dt * jerk)
        a += dt * jerk
    return p


@numba.njit(cache=True)
def _candidate_times(d: float, v0: float, a0: float, vf: float, af: float, vmax: float, times: Array) -> int:
    """Times at which a motion that is up first may travel `d`, and some at which none does."""
    c, e = v0 - 0.5 * a0 * a0, vf - 0.5 * af * af
    k, r = e - c, d - (e * af - c * a0 + (af**3 - a0**3) / 6.0)
    roots, n = np.empty(2 * MAX_DEGREE + 2), 0
    tolerance = 1e-13 * (1.0 + abs(r) + c * c + e * e)
    poly = np.empty(5)

    if abs(k) <= SLACK and af >= a0:  # one phase of constant jerk
        times[n] = af - a0
        n += 1
    poly[:] = (-k * k, -4.0 * r, 4.0 * (c + e), 0.0, 1.0)
    for i in range(roots_in(poly, 4, 0.0, 2.0 + SLACK, tolerance, roots)):
        times[n] = 2.0 * roots[i] + af - a0
        n += 1
    q = k - 1.0
    poly[:] = (c + e + q * (c + 0.5) + 0.5 * q * q - r, -2.0 * e, e + 0.5, -1.0, 0.5)
    for i in range(roots_in(poly, 4, -1.0, 1.0, tolerance, roots)):
        times[n] = (1.0 - roots[i]) ** 2 + k - a0 + af
        n += 1
    q = -k - 1.0
    poly[:] = (c + e + q * (c - 0.5) - 0.5 * q * q - r, 2.0 * c, c + 0.5, 1.0, 0.5)
    for i in range(roots_in(poly, 4, -1.0, 1.0, tolerance, roots)):
        times[n] = (1.0 + roots[i]) ** 2 - k - a0 + af
        n += 1
    constant = c + e + 2.0 * c + 2.0 - k * (c + 0.5) - 0.5 * k * k - r
    half = c + 1.5
    inside = half * half - constant
    if inside >= 0.0:
        for sign in (-1.0, 1.0):
            times[n] = 4.0 - a0 + af + 2.0 * (sign * math.sqrt(inside) - half) - k
            n += 1
    x, h = _ramp(vmax - c, a0)
    y, g = _ramp(vmax - e, -af)
    t = np.array([x - a0, h, x, 0.0, y, g, y + af])
    times[n] = t.sum() + (d - travelled(t, v0, a0)) / vmax
    return n + 1


@numba.njit(cache=True)
def bounds_at(
    time: float, v0: float, a0: float, vf: float, af: float, vmax: float, up: Array, down: Array
) -> tuple[float, float, bool]:
    """Least and greatest distance in `time`, and whether there is any motion; phases into `up`, `down`."""
    if time < 0.0:
        return 0.0, 0.0, False
    if extreme_phases(time, v0, a0, vf, af, vmax, up) > SLACK:
        return 0.0, 0.0, False
    if extreme_phases(time, -v0, -a0, -vf, -af, vmax, down) > SLACK:
        return 0.0, 0.0, False
    return -travelled(down, -v0, -a0), travelled(up, v0, a0), True


@numba.njit(cache=True, inline="always")
def distance_slack(d: float, vmax: float, time: float) -> float:
    """Rounding error of distances such as these."""
    return 1e-11 * (1.0 + abs(d) + vmax * time)


@numba.njit(cache=True)
def is_feasible(time: float, d: float, v0: float, a0: float, vf: float, af: float, vmax: float) -> bool:
    """Whether a motion travels `d` in `time`."""
    low, high, exists = bounds_at(time, v0, a0, vf, af, vmax, np.empty(7), np.empty(7))
    slack = distance_slack(d, vmax, time)
    return exists and low - slack <= d <= high + slack


@numba.njit(cache=True)
def turning_times(d: float, v0: float, a0: float, vf: float, af: float, vmax: float, times: Array) -> int:
    """Feasible times at which feasibility begins or ends, in no order, into `times` (MAX_TIMES,)."""
    n = _candidate_times(d, v0, a0, vf, af, vmax, times)
    mirrored = np.empty(MAX_TIMES)
    for i in range(_candidate_times(-d, -v0, -a0, -vf, -af, vmax, mirrored)):
        times[n] = mirrored[i]
        n += 1
    kept = 0
    for i in range(n):
        if is_feasible(times[i], d, v0, a0, vf, af, vmax):
            times[kept] = times[i]
            kept += 1
    return kept
