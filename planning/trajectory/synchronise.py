"""Several joints from one state to another, all in the least time that is feasible for each."""

from __future__ import annotations

import math

import numba
import numpy as np

from ..limits import Array
from .double_s import JERKS, MAX_TIMES, bounds_at, distance_slack, is_feasible, turning_times

_NO_TIME = -1.0
_SAME_KNOT = 1e-15
"""Knots closer than this part of the duration are one."""


@numba.njit(cache=True)
def scales(vmax: float, amax: float, jmax: float) -> tuple[float, float]:
    """Units of time, s, and position in which acceleration and jerk have limits of 1.

    Where A is so high that nothing reaches it, another value takes its part. The velocity changes by `2 V`
    at the most, with a peak of `sqrt(2 V J + (a0² + af²) / 2)`; and a state whose a² is above `4 V J` passes
    the velocity's limit.
    """
    peak = min(amax, math.sqrt(6.0 * vmax * jmax))
    return peak / jmax, peak**3 / jmax**2


@numba.njit(cache=True)
def _scaled(start: Array, goal: Array, limits: Array) -> tuple[Array, Array]:
    """Per joint: distance, v0, a0, vf, af and the velocity limit in its units; and its unit of time."""
    dof = start.shape[1]
    states, units = np.empty((dof, 6)), np.empty(dof)
    for j in range(dof):
        time, length = scales(limits[0, j], limits[1, j], limits[2, j])
        speed, accel = time / length, time * time / length
        units[j] = time
        states[j, 0] = (goal[0, j] - start[0, j]) / length
        states[j, 1], states[j, 3] = start[1, j] * speed, goal[1, j] * speed
        states[j, 2], states[j, 4] = start[2, j] * accel, goal[2, j] * accel
        states[j, 5] = limits[0, j] * speed
    return states, units


@numba.njit(cache=True)
def least_time(start: Array, goal: Array, limits: Array, within: float = math.inf) -> float:
    """The shortest time in which every joint can arrive, s, or below zero if none was found.

    Args:
        start, goal: (3, dof) position, velocity, acceleration.
        limits: (3, dof) of velocity, acceleration, jerk.
        within: s; longer times are not looked for.
    """
    states, units = _scaled(start, goal, limits)
    dof = len(units)
    times, own, n, least = np.empty(dof * MAX_TIMES), np.empty(MAX_TIMES), 0, 0.0
    for j in range(dof):
        d, v0, a0, vf, af, vmax = states[j]
        found = turning_times(d, v0, a0, vf, af, vmax, own)
        if found == 0:
            return _NO_TIME
        least = max(least, own[:found].min() * units[j])
        if least > within:
            return _NO_TIME
        for i in range(found):
            times[n] = own[i] * units[j]
            n += 1
    _sort(times, n)
    for time in times[:n]:
        if time > within:
            return _NO_TIME
        everyone = time >= least * (1.0 - 1e-12)
        for j in range(dof):
            d, v0, a0, vf, af, vmax = states[j]
            everyone = everyone and is_feasible(time / units[j], d, v0, a0, vf, af, vmax)
        if everyone:
            return time
    return _NO_TIME


@numba.njit(cache=True)
def motion_in(time: float, start: Array, goal: Array, limits: Array) -> tuple[Array, Array, bool]:
    """The motion of all joints that takes `time` s.

    Returns:
        (S + 1,) knots in s, (S, 4, dof) coefficients of rising powers, and whether there is such a motion.
    """
    states, units = _scaled(start, goal, limits)
    dof = len(units)
    phases, weights = np.zeros((dof, 2, 7)), np.empty(dof)
    knots = np.empty(dof * 16 + 2)
    knots[0], knots[1], n = 0.0, time, 2
    for j in range(dof):
        d, v0, a0, vf, af, vmax = states[j]
        own = time / units[j]
        low, high, exists = bounds_at(own, v0, a0, vf, af, vmax, phases[j, 0], phases[j, 1])
        slack = distance_slack(d, vmax, own)
        if not exists or d < low - slack or d > high + slack:
            return np.empty(0), np.empty((0, 4, dof)), False
        width = high - low
        weights[j] = min(max((d - low) / width, 0.0), 1.0) if width > slack else 0.5
        phases[j] *= units[j]
        for half in range(2):
            if weights[j] == half:  # the other motion alone
                continue
            at = 0.0
            for i in range(6):
                at += phases[j, half, i]
                if 0.0 < at < time:
                    knots[n] = at
                    n += 1
    _sort(knots, n)
    knots = knots[: _drop_repeated(knots, n, _SAME_KNOT * time)]
    segments = len(knots) - 1
    c = np.zeros((segments, 4, dof))
    for j in range(dof):
        for half in range(2):
            sign, weight = (1.0, weights[j]) if half == 0 else (-1.0, 1.0 - weights[j])
            if weight > 0.0:
                _add_motion(c[:, :, j], knots, phases[j, half], sign * limits[2, j], weight, start[:, j])
    return knots, c, True


@numba.njit(cache=True)
def _sort(values: Array, n: int) -> None:
    """Sort the first n in place, by insertion: numba compiles it in a tenth of `np.sort`'s time."""
    for i in range(1, n):
        value, k = values[i], i
        while k > 0 and values[k - 1] > value:
            values[k] = values[k - 1]
            k -= 1
        values[k] = value


@numba.njit(cache=True)
def _drop_repeated(knots: Array, n: int, gap: float) -> int:
    """Move sorted knots that follow another within `gap` out of the way; the last one stays."""
    kept, last = 1, knots[n - 1]
    for i in range(1, n):
        if knots[i] - knots[kept - 1] > gap:
            knots[kept] = knots[i]
            kept += 1
    knots[kept - 1] = last
    return kept


@numba.njit(cache=True)
def _add_motion(c: Array, knots: Array, t: Array, jerk: float, weight: float, start: Array) -> None:
    """Add `weight` times the motion of phases `t` from `start` to coefficients `c` (S, 4)."""
    p, v, a = start
    phase, begin = 0, 0.0
    for s in range(len(knots) - 1):
        middle = 0.5 * (knots[s] + knots[s + 1])
        while phase < 6 and begin + t[phase] <= middle:
            dt, u = t[phase], jerk * JERKS[phase]
            p += dt * (v + dt * (0.5 * a + dt * u / 6.0))
            v += dt * (a + 0.5 * dt * u)
            a += dt * u
            begin += dt
            phase += 1
        dt, u = knots[s] - begin, jerk * JERKS[phase]
        c[s, 0] += weight * (p + dt * (v + dt * (0.5 * a + dt * u / 6.0)))
        c[s, 1] += weight * (v + dt * (a + 0.5 * dt * u))
        c[s, 2] += weight * 0.5 * (a + dt * u)
        c[s, 3] += weight * u / 6.0
