"""The largest values of piecewise polynomials, found where their derivatives vanish and not by sampling."""

from __future__ import annotations

import numba
import numpy as np

from ..limits import Array
from .polynomials import MAX_DEGREE, evaluate, roots_in

JUMP = 1e-7
"""Largest step at a knot, as a part of the limits of velocity (over a second, for positions), velocity,
acceleration: rounding."""


@numba.njit(cache=True)
def differentiate(c: Array, degree: int) -> int:
    """Replace coefficients by those of the derivative; returns its degree."""
    for k in range(degree):
        c[k] = (k + 1) * c[k + 1]
    c[degree] = 0.0
    return max(degree - 1, 0)


@numba.njit(cache=True)
def worst_excess(times: Array, coefficients: Array, limits: Array) -> tuple[float, int, int, float, float]:
    """The value that is largest beside its limit.

    Args:
        times: (S + 1,) knots.
        coefficients: (S, K, dof) of rising powers of the time since the knot.
        limits: (3, dof) of velocity, acceleration, jerk.

    Returns:
        The value's part of its limit, the order of the derivative (1 to 3), joint, time, value.
    """
    segments, size, dof = coefficients.shape
    worst = (0.0, 1, 0, 0.0, 0.0)
    c, slope = np.empty(MAX_DEGREE + 1), np.empty(MAX_DEGREE + 1)
    roots = np.empty(2 * MAX_DEGREE + 2)
    for s in range(segments):
        span = times[s + 1] - times[s]
        for j in range(dof):
            c[:] = 0.0
            c[:size] = coefficients[s, :, j]
            degree = size - 1
            for order in range(1, 4):
                degree = differentiate(c, degree)
                bound, power = 0.0, 1.0
                for k in range(degree + 1):
                    bound += abs(c[k]) * power
                    power *= span
                if bound <= worst[0] * limits[order - 1, j]:
                    continue
                n = 0
                if degree > 1:
                    slope[:] = c
                    n = roots_in(slope, differentiate(slope, degree), 0.0, span, 0.0, roots)
                roots[n], roots[n + 1] = 0.0, span
                for i in range(n + 2):
                    value = evaluate(c, degree, roots[i])
                    if abs(value) > worst[0] * limits[order - 1, j]:
                        worst = (abs(value) / limits[order - 1, j], order, j, times[s] + roots[i], value)
    return worst


@numba.njit(cache=True)
def position_range(times: Array, coefficients: Array) -> tuple[Array, Array]:
    """The least and greatest position (dof,) of each joint, between knots too, see `worst_excess`."""
    segments, size, dof = coefficients.shape
    low, high = coefficients[0, 0].copy(), coefficients[0, 0].copy()
    c, slope = np.empty(MAX_DEGREE + 1), np.empty(MAX_DEGREE + 1)
    roots = np.empty(2 * MAX_DEGREE + 2)
    for s in range(segments):
        span = times[s + 1] - times[s]
        for j in range(dof):
            c[:] = 0.0
            c[:size] = coefficients[s, :, j]
            bound, power = 0.0, span
            for k in range(1, size):
                bound += abs(c[k]) * power
                power *= span
            if c[0] - bound >= low[j] and c[0] + bound <= high[j]:
                continue
            slope[:] = c
            degree = differentiate(slope, size - 1)
            n = roots_in(slope, degree, 0.0, span, 0.0, roots) if degree > 0 else 0
            roots[n], roots[n + 1] = 0.0, span
            for i in range(n + 2):
                value = evaluate(c, size - 1, roots[i])
                low[j], high[j] = min(low[j], value), max(high[j], value)
    return low, high


@numba.njit(cache=True)
def worst_jump(times: Array, coefficients: Array, scale: Array) -> tuple[float, int, int, float, float]:
    """The step at a knot that is largest beside `scale` (3, dof) of position, velocity and acceleration.

    Returns:
        As `worst_excess`, with orders 0 to 2.
    """
    segments, size, dof = coefficients.shape
    worst = (0.0, 0, 0, 0.0, 0.0)
    before, after = np.empty(MAX_DEGREE + 1), np.empty(MAX_DEGREE + 1)
    for s in range(segments - 1):
        for j in range(dof):
            before[:], after[:] = 0.0, 0.0
            before[:size], after[:size] = coefficients[s, :, j], coefficients[s + 1, :, j]
            degree = size - 1
            for order in range(3):
                step = after[0] - evaluate(before, degree, times[s + 1] - times[s])
                if abs(step) > worst[0] * scale[order, j]:
                    worst = (abs(step) / scale[order, j], order, j, times[s + 1], step)
                differentiate(after, degree)
                degree = differentiate(before, degree)
    return worst
