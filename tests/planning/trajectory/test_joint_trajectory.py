"""Trajectories: evaluation against scipy, joining, and a check that finds what samples miss."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.planning.errors import LimitsError, TrajectoryError
from gaitway.planning.limits import Limits
from gaitway.planning.trajectory.state_to_state import State, state_to_state
from gaitway.planning.trajectory.trajectory import Trajectory
from scipy.interpolate import PPoly

LIMITS = Limits([1.0, 2.0], [3.0, 4.0], [20.0, 30.0])


@pytest.fixture
def trajectory():
    return state_to_state(State([0, 0], [0.3, -0.2]), State([1, -2]), LIMITS)


def test_derivatives_are_those_of_scipy(trajectory):
    reference = PPoly(trajectory.coefficients.transpose(1, 0, 2)[::-1], trajectory.times)
    times = np.random.default_rng(0).uniform(0, trajectory.duration, (5, 3))
    for order, method in enumerate(("position", "velocity", "acceleration", "jerk")):
        np.testing.assert_allclose(getattr(trajectory, method)(times), reference(times, order), atol=1e-9)
    assert trajectory.position(times).shape == (5, 3, 2)
    assert trajectory.position(0.1).shape == (2,)


def test_a_new_motion_joins_a_running_one(trajectory):
    at = 0.37 * trajectory.duration
    tail = state_to_state(State(*trajectory.state(at)), State([2, 2]), LIMITS)
    joined = trajectory.splice(at, tail)
    assert joined.duration == pytest.approx(at + tail.duration)
    assert joined.check(LIMITS) is None
    np.testing.assert_allclose(joined.position(0.3 * at), trajectory.position(0.3 * at))
    np.testing.assert_allclose(joined.position(joined.duration), [2, 2], atol=1e-9)


def test_what_does_not_join_is_refused(trajectory):
    other = state_to_state(State(trajectory.position(0.5)), State([2, 2]), LIMITS)
    with pytest.raises(TrajectoryError, match="acceleration of joint 1 is 0 and should"):
        trajectory.splice(0.5, other)


def test_the_check_finds_the_worst_peak_between_samples():
    # 6 t (1 - t) peaks at 1.5 in the middle of the second joint's piece; acceleration 6, jerk -12.
    c = np.zeros((1, 4, 2))
    c[0, 2, 1], c[0, 3, 1] = 3.0, -2.0
    trajectory = Trajectory([0.0, 1.0], c)
    assert trajectory.check(Limits([1, 1.5], [1, 6], [1, 12])) is None
    violation = trajectory.check(Limits([1, 1.2], [1, 6], [1, 12]))
    assert violation is not None
    assert (violation.quantity, violation.joint) == ("velocity", 1)
    assert (violation.time, violation.value, violation.limit) == pytest.approx((0.5, 1.5, 1.2))
    assert "Joint 1 has a velocity of 1.5 at 0.5 s, beyond 1.2" in str(violation)


def test_the_check_finds_a_step_at_a_knot():
    trajectory = Trajectory([0, 1, 2], np.array([[0, 1.0, 0], [1.0, 0.5, 0]])[:, :, None])
    violation = trajectory.check(Limits([5], [5], [5]))
    assert violation is not None
    assert (violation.quantity, violation.time, violation.value) == ("step of velocity", 1.0, -0.5)


def test_samples_end_at_the_end(trajectory):
    samples = trajectory.sample(0.01)
    assert samples.times[-1] == trajectory.duration
    assert (np.diff(samples.times) > 0).all()
    np.testing.assert_allclose(samples.position[-1], [1, -2], atol=1e-9)


@pytest.mark.parametrize(
    ("times", "coefficients", "sentence"),
    [
        ([0, 1], np.zeros((2, 4, 1)), "make no trajectory"),
        ([0, 1], np.full((1, 4, 1), np.nan), "finite"),
        ([0, 1, 1], np.zeros((2, 4, 1)), "rise"),
        ([0.1, 1], np.zeros((1, 4, 1)), "begin with 0"),
    ],
)
def test_bad_pieces_are_refused(times, coefficients, sentence):
    with pytest.raises(TrajectoryError, match=sentence):
        Trajectory(times, coefficients)


def test_other_bad_input_is_refused(trajectory):
    with pytest.raises(TrajectoryError, match="no time"):
        trajectory.position(trajectory.duration + 0.1)
    with pytest.raises(TrajectoryError, match="no time"):
        trajectory.position(np.nan)
    with pytest.raises(TrajectoryError, match="above zero"):
        trajectory.sample(0.0)
    with pytest.raises(LimitsError, match="of 1 joints"):
        trajectory.check(Limits([1], [1], [1]))
