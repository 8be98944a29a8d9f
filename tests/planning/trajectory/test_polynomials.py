"""Roots in an interval against numpy's, on random polynomials and on double roots."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.planning.trajectory.polynomials import MAX_DEGREE, roots_in


def found(c, low=-1.0, high=1.0, tolerance=1e-14):
    roots = np.empty(2 * MAX_DEGREE + 2)
    return roots[: roots_in(np.array(c), len(c) - 1, low, high, tolerance, roots)]


@pytest.mark.parametrize("degree", range(1, MAX_DEGREE + 1))
def test_they_are_those_of_numpy(degree):
    rng = np.random.default_rng(degree)
    for _ in range(200):
        c = rng.normal(size=degree + 1)
        all_roots = np.roots(c[::-1])
        real = np.sort(all_roots[np.abs(all_roots.imag) < 1e-9].real)
        real = real[np.abs(real) <= 1]
        np.testing.assert_allclose(found(c), real, atol=1e-9)


def test_a_curve_that_touches_zero_has_a_root():
    roots = found(np.poly([0.3, 0.3, 5.0])[::-1], tolerance=1e-12)
    assert len(roots)
    np.testing.assert_allclose(roots, 0.3, atol=1e-6)


def test_ends_are_roots():
    np.testing.assert_allclose(found([-1.0, 0.0, 1.0]), [-1.0, 1.0])


def test_no_root():
    assert len(found([2.0, 0.1, 1.0])) == 0
