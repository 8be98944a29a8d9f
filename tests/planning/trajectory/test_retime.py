"""Retiming: limits and deviation hold by sampling, times beside TOPPRA and beside closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.planning.errors import TrajectoryError
from gaitway.planning.limits import Limits
from gaitway.planning.trajectory.blends import blend_corners
from gaitway.planning.trajectory.path_speed import fastest
from gaitway.planning.trajectory.retime import retime
from gaitway.planning.trajectory.smooth import moving_average
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import PPoly

VELOCITY = np.array([2.175] * 4 + [2.61] * 3)
ACCELERATION = np.array([15, 7.5, 10, 12.5, 15, 20, 20])
PANDA = Limits(VELOCITY, ACCELERATION, 500 * ACCELERATION)
GENTLE = Limits(VELOCITY, ACCELERATION, 10 * ACCELERATION)


def paths(count, n=6, seed=0):
    rng = np.random.default_rng(seed)
    return [np.cumsum(rng.normal(size=(n, 7)) * rng.uniform(0.05, 1.0), axis=0) for _ in range(count)]


def distance_to_polyline(points, waypoints):
    """(N,) least distance of (N, dof) points to the segments of (n, dof) waypoints."""
    a, ab = waypoints[:-1], np.diff(waypoints, axis=0)
    along = np.einsum("nsd,sd->ns", points[:, None] - a, ab) / (ab**2).sum(axis=1)
    nearest = a + np.clip(along, 0, 1)[..., None] * ab
    return np.linalg.norm(points[:, None] - nearest, axis=2).min(axis=1)


@pytest.mark.parametrize("limits", [PANDA, GENTLE])
@pytest.mark.parametrize("tolerance", [0.0, 0.02, 0.2])
def test_limits_and_deviation_hold_by_samples(limits, tolerance):
    for waypoints in paths(8):
        result = retime(waypoints, limits, tolerance)
        samples = result.trajectory.sample(result.trajectory.duration / 2000)
        for values, limit in (
            (samples.velocity, limits.velocity),
            (samples.acceleration, limits.acceleration),
            (samples.jerk, limits.jerk),
        ):
            assert (np.abs(values) <= limit * (1 + 1e-8)).all()
        numeric = np.diff(samples.velocity, axis=0) / np.diff(samples.times)[:, None]
        assert (np.abs(numeric) <= limits.acceleration * (1 + 1e-6)).all()
        assert result.deviation <= tolerance
        assert distance_to_polyline(samples.position, waypoints).max() <= result.deviation + 1e-9
        np.testing.assert_allclose(samples.position[[0, -1]], waypoints[[0, -1]], atol=1e-9)
        for values in (samples.velocity, samples.acceleration):
            np.testing.assert_allclose(values[[0, -1]], 0.0, atol=1e-8)
        missed = np.linalg.norm(result.trajectory.position(result.passes) - waypoints, axis=1)
        assert missed.max() <= tolerance + 0.01


def test_two_waypoints_take_the_time_of_a_double_s():
    # Joint 0 needs longest: d / V + V / A + A / J.
    result = retime([[0, 0], [3.0, 1.0]], Limits([1, 1], [2, 2], [8, 8]))
    assert result.trajectory.duration == pytest.approx(3 + 1 / 2 + 2 / 8)
    assert result.deviation == 0


def test_without_jerk_it_is_a_trapezoid_of_velocity():
    path = blend_corners(np.array([[0.0, 0.0], [3.0, 0.0]]), 0.1)
    velocity = Limits([1, 1], [1, 1], [1, 1]).velocity
    times, _, _, _ = fastest(path.lengths, path.origin, path.slope, path.bend, velocity, 2 * velocity)
    assert times[-1] == pytest.approx(3 + 1 / 2)


def test_along_the_same_path_it_is_as_fast_as_toppra():
    """TOPPRA knows no jerk: its time, on a grid of 100 points a piece, is what jerk costs nothing of."""
    toppra = pytest.importorskip("toppra")
    toppra.setup_logging("ERROR")

    class Path(toppra.interpolator.AbstractGeometricPath):
        def __init__(self, path):
            self.knots = np.concatenate([[0], np.cumsum(path.lengths)])
            c = np.stack([path.bend / 2, path.slope, path.origin])
            self.poly = PPoly(c, self.knots)

        def __call__(self, position, order=0):
            return self.poly(position, order)

        dof = 7
        waypoints = None

        @property
        def path_interval(self):
            return self.knots[[0, -1]]

    for waypoints in paths(4):
        path = Path(blend_corners(waypoints, 0.05))
        grid = np.concatenate(
            [np.linspace(a, b, 100, endpoint=False) for a, b in zip(path.knots, path.knots[1:], strict=False)]
        )
        constraints = [
            toppra.constraint.JointVelocityConstraint(np.stack([-VELOCITY, VELOCITY], 1)),
            toppra.constraint.JointAccelerationConstraint(np.stack([-ACCELERATION, ACCELERATION], 1)),
        ]
        solver = toppra.algorithm.TOPPRA(
            constraints,
            path,
            gridpoints=np.append(grid, path.knots[-1]),
            parametrizer="ParametrizeConstAccel",
        )
        without_jerk = solver.compute_trajectory(0, 0).duration
        assert retime(waypoints, PANDA, 0.05).trajectory.duration < 1.02 * without_jerk


def test_the_average_is_that_of_samples():
    path = blend_corners(paths(1)[0], 0.1)
    times, coefficients, _, _ = fastest(
        path.lengths, path.origin, path.slope, path.bend, PANDA.velocity, ACCELERATION
    )
    knots, averaged = moving_average(times, coefficients, 0.1)
    original = PPoly(coefficients.transpose(1, 0, 2)[::-1], times)
    result = PPoly(averaged.transpose(1, 0, 2)[::-1], knots)
    window = np.linspace(-0.05, 0.05, 20001)
    for t in (0.06, 0.3, times[-1] / 2):
        mean = original(np.clip(t + window, 0, times[-1])).mean(axis=0)
        np.testing.assert_allclose(result(t + 0.05), mean, atol=1e-5)


steps = st.sampled_from([0.0, 1e-7, 1e-3, -0.2, 0.5, -1.0, 2.0])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(steps, steps), min_size=2, max_size=6),
    st.sampled_from([0.0, 1e-6, 0.01, 1.0]),
    st.sampled_from([1.0, 10.0, 1e4]),
)
def test_limits_hold_for_any_path(moves, tolerance, jerk):
    """Reversals, repeated waypoints, straight lines and tiny segments among them."""
    waypoints = np.cumsum(moves, axis=0)
    limits = Limits([1, 2], [3, 4], [jerk, jerk])
    try:
        result = retime(waypoints, limits, tolerance)
    except TrajectoryError as error:
        assert "at least two waypoints that differ" in str(error)
        assert np.linalg.norm(np.diff(waypoints, axis=0), axis=1).max() <= 1e-6
        return
    assert result.trajectory.check(limits) is None
    assert result.deviation <= tolerance
    np.testing.assert_allclose(
        result.trajectory.position(result.trajectory.duration), waypoints[-1], atol=2e-6
    )


@pytest.mark.parametrize(
    ("waypoints", "tolerance", "sentence"),
    [
        ([[0, 0]], 0.1, "at least two waypoints that differ; there are 1"),
        ([[1, 2], [1, 2]], 0.1, "at least two waypoints that differ"),
        ([0, 1], 0.1, r"shape \(2,\); give \(n, 2\)"),
        ([[0, 0, 0], [1, 1, 1]], 0.1, "shape"),
        ([[0, 0], [1, np.nan]], 0.1, "Waypoint 1 has no number for joint 1"),
        ([[0, 0], [1, 1]], -0.1, "tolerance of -0.1"),
        ([[0, 0], [1, 1]], np.nan, "tolerance of nan"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(waypoints, tolerance, sentence):
    with pytest.raises(TrajectoryError, match=sentence):
        retime(waypoints, Limits([1, 1], [1, 1], [1, 1]), tolerance)
