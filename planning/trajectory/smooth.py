"""A moving average over time, which bounds the jerk and exceeds no limit that was kept before.

The average over a window of width `w` has the average velocity and acceleration, so these stay within their
limits, and its jerk is the change of acceleration over the window by w: at most `2 A / w`. It takes `w`
longer, and leaves the original by no more than `|a| w² / 24`. See Biagiotti and Melchiorri, "FIR Filters for
Online Trajectory Planning with Time- and Frequency-Domain Specifications" (2012), whose filters are these.
"""

from __future__ import annotations

import numba
import numpy as np

from ..limits import Array

_SAME_KNOT = 1e-10
"""s: knots closer than this are one."""


@numba.njit(cache=True)
def moving_average(times: Array, coefficients: Array, window: float) -> tuple[Array, Array]:
    """Average a motion from rest to rest, which stands before and after.

    Args:
        times: (N + 1,) s. coefficients: (N, K, dof) of rising powers. window: s.

    Returns:
        (M + 1,) times and (M, K + 1, dof) coefficients; it begins and ends half a window earlier and later.
    """
    n, size, dof = coefficients.shape
    knots = np.empty(2 * n + 2)
    i, k, count = 0, 0, 0
    while k <= n:  # merge the times with those a window later
        if i <= n and times[i] <= times[k] + window:
            knot = times[i]
            i += 1
        else:
            knot = times[k] + window
            k += 1
        if count == 0 or knot - knots[count - 1] > _SAME_KNOT:
            knots[count] = knot
            count += 1
    knots = knots[:count]
    result = np.zeros((count - 1, size + 1, dof))
    enters, leaves = np.zeros((size, dof)), np.zeros((size, dof))
    position = coefficients[0, 0].copy()
    first = second = 0
    for m in range(count - 1):
        middle = 0.5 * (knots[m] + knots[m + 1])
        while first < n and times[first] < middle:
            first += 1
        while second < n and times[second] + window < middle:
            second += 1
        _about(times, coefficients, first, middle, knots[m], enters)
        _about(times, coefficients, second, middle - window, knots[m] - window, leaves)
        span = knots[m + 1] - knots[m]
        for j in range(dof):
            result[m, 0, j] = position[j]
            power = 1.0
            for c in range(size):
                value = (enters[c, j] - leaves[c, j]) / ((c + 1) * window)
                result[m, c + 1, j] = value
                power *= span
                position[j] += value * power
    return knots, result


@numba.njit(cache=True)
def _about(times: Array, coefficients: Array, after: int, inside: float, at: float, out: Array) -> None:
    """Coefficients (K, dof) about `at` of the piece which ends with time `after`, in which `inside` is."""
    n, size, dof = coefficients.shape
    out[:] = 0.0
    if after == 0 or inside > times[n]:
        piece = 0 if after == 0 else n - 1
        shift = 0.0 if after == 0 else times[n] - times[n - 1]
        highest = 1  # it stands
    else:
        piece, highest = after - 1, size
        shift = at - times[piece]
    for j in range(dof):
        for c in range(highest):
            # Taylor's expansion: the sum over k of binomial(k, c) shift^(k - c) times coefficient k.
            value, binomial, power = 0.0, 1.0, 1.0
            for k in range(c, size):
                value += binomial * power * coefficients[piece, k, j]
                binomial = binomial * (k + 1) / (k + 1 - c)
                power *= shift
            out[c, j] = value
