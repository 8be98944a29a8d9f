"""Real roots of small polynomials in an interval, by bracketing.

Between two neighbouring extrema a polynomial is monotone and has at most one root, which Newton's method
finds inside its bracket. The extrema are the roots of the derivative, found in the same way, down to a line.
No root is lost to complex arithmetic, and a double root, where the curve only touches zero, is an extremum.
"""

from __future__ import annotations

import numba
import numpy as np

from ..limits import Array

MAX_DEGREE = 7


@numba.njit(cache=True, inline="always")
def evaluate(c: Array, degree: int, x: float) -> float:
    """Value of `c[0] + c[1] x + ...` by Horner's scheme."""
    value = c[degree]
    for k in range(degree - 1, -1, -1):
        value = value * x + c[k]
    return value


@numba.njit(cache=True)
def _refine(c: Array, slope: Array, degree: int, low: float, high: float, at_low: float) -> float:
    """The root between `low` and `high`, whose values have opposite signs: Newton, else bisection."""
    x = 0.5 * (low + high)
    for _ in range(100):
        value = evaluate(c, degree, x)
        if value == 0.0:
            return x
        if (value > 0.0) == (at_low > 0.0):
            low = x
        else:
            high = x
        gradient = evaluate(slope, degree - 1, x)
        step = x - value / gradient if gradient != 0.0 else low
        if not low < step < high:
            step = 0.5 * (low + high)
        if abs(step - x) <= 1e-16 * (abs(x) + abs(step)) or step == x:
            return step
        x = step
    return x


@numba.njit(cache=True)
def roots_in(c: Array, degree: int, low: float, high: float, tolerance: float, roots: Array) -> int:
    """Roots of `c[0] + c[1] x + ... + c[degree] x^degree` in [low, high].

    Ends and extrema count as roots where the value is within `tolerance` of zero.

    Args:
        roots: (2 MAX_DEGREE + 2,) filled in, in rising order.

    Returns:
        How many roots there are.
    """
    derivatives = np.zeros((degree + 1, degree + 1))
    derivatives[0, : degree + 1] = c[: degree + 1]
    for order in range(1, degree + 1):
        for k in range(degree - order + 1):
            derivatives[order, k] = (k + 1) * derivatives[order - 1, k + 1]
    edges = np.empty(2 * MAX_DEGREE + 4)
    edges[0], edges[1] = low, high
    n_edges = 2
    for order in range(degree - 1, -1, -1):
        here, slope, n = derivatives[order], derivatives[order + 1], degree - order
        slack = tolerance if order == 0 else 0.0
        found = 0
        before = evaluate(here, n, edges[0])
        if abs(before) <= slack:
            roots[found] = edges[0]
            found += 1
        for i in range(1, n_edges):
            after = evaluate(here, n, edges[i])
            if before * after < 0.0:
                roots[found] = _refine(here, slope, n, edges[i - 1], edges[i], before)
                found += 1
            if abs(after) <= slack:
                roots[found] = edges[i]
                found += 1
            before = after
        if order == 0:
            return found
        for i in range(found):
            edges[i + 1] = roots[i]
        edges[found + 1] = high
        n_edges = found + 2
    return 0
