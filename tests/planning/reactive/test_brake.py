"""Brakes beside the closed form of a stop with limited jerk, and their joints beside finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.planning.limits import Limits
from gaitway.planning.reactive.brake import soonest_stop
from gaitway.planning.reactive.motion import Motion, standing
from gaitway.planning.trajectory.retime import retime
from gaitway.planning.trajectory.state_to_state import State, state_to_state

LIMITS = Limits([1.0, 1.5], [4.0, 5.0], [80.0, 90.0])


def test_stop_from_steady_speed_is_the_closed_form() -> None:
    way = state_to_state(State([0.0, 0.2]), State([3.0, 0.2]), LIMITS)
    stop = soonest_stop(way, 1.5, LIMITS)  # at 1 rad/s since 0.3 s
    needed = 1.0 / 4.0 + 4.0 / 80.0
    assert stop.trajectory.duration == pytest.approx(needed, abs=2e-3)
    end = stop.trajectory.position(stop.trajectory.duration)
    assert end[0] - way.position(1.5)[0] == pytest.approx(needed / 2, abs=2e-3)
    assert end[1] == pytest.approx(0.2)


def test_stop_from_low_speed_never_reaches_full_acceleration() -> None:
    # At v < a²/j the stop takes 2 sqrt(v / j): one half with full jerk each way.
    slow = Limits([0.1, 1.5], [4.0, 5.0], [80.0, 90.0])
    way = state_to_state(State([0.0, 0.2]), State([3.0, 0.2]), slow)
    stop = soonest_stop(way, 1.5, slow)
    assert stop.trajectory.duration == pytest.approx(2 * np.sqrt(0.1 / 80.0), abs=2e-3)


def test_stop_at_any_time_of_a_path_ends_at_rest_on_it_within_limits() -> None:
    rng = np.random.default_rng(0)
    path = retime(rng.uniform(-2, 2, (6, 2)), LIMITS, 0.1).trajectory
    along = path.position(np.linspace(0, path.duration, 20_000))
    for time in np.linspace(0.01, path.duration - 0.01, 40):
        stop = soonest_stop(path, float(time), LIMITS).trajectory
        np.testing.assert_allclose(stop.state(0.0), path.state(time), atol=1e-9)
        position, velocity, acceleration = stop.state(stop.duration)
        np.testing.assert_allclose([velocity, acceleration], 0.0, atol=1e-6)
        assert np.linalg.norm(along - position, axis=1).min() < 1e-3
        assert stop.check(LIMITS) is None
        # Turning all acceleration around, then the longest stop there is.
        assert stop.duration < 1.5 / 5.0 + 3 * 5.0 / 90.0 + 0.1


def test_braking_motion_has_no_step_in_acceleration() -> None:
    path = retime([[0.0, 0.0], [1.0, 0.5], [1.2, -0.6]], LIMITS, 0.1).trajectory
    stop = soonest_stop(path, 0.8, LIMITS)
    motion = Motion(path, 2.0).then(2.8, stop.trajectory)
    times = np.arange(2.7, 3.2, 1e-4)
    jerk = np.diff(motion.states(times)[:, 0], n=3, axis=0) / 1e-12
    assert (np.abs(jerk) <= LIMITS.jerk * 1.01).all()  # a step of 1 % of the acceleration would show tenfold


def test_motion_stands_still_outside_of_its_time() -> None:
    motion = Motion(state_to_state(State([0.0, 0.0]), State([1.0, 1.0]), LIMITS), 5.0)
    states = motion.states(np.array([0.0, 5.0, motion.end, 100.0]))
    np.testing.assert_allclose(states[:, 0], [[0, 0], [0, 0], [1, 1], [1, 1]], atol=1e-12)
    np.testing.assert_allclose(states[:, 1:], 0.0, atol=1e-12)
    later = motion.then(motion.end + 3.0, state_to_state(State([1.0, 1.0]), State([0.0, 0.0]), LIMITS))
    np.testing.assert_allclose(later.states(np.array(motion.end + 2.9))[0], 1.0)
    assert later.end > motion.end + 3.0
    before = np.linspace(4.0, motion.end + 2.0, 50)  # what was to come until then still does
    np.testing.assert_allclose(later.states(before), motion.states(before), atol=1e-9)
    assert standing(np.zeros(2)).duration > 0
