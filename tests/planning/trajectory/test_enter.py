"""A new path takes over from a running motion."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.planning.errors import TrajectoryError
from gaitway.planning.limits import Limits
from gaitway.planning.trajectory.enter import enter
from gaitway.planning.trajectory.retime import retime
from gaitway.planning.trajectory.state_to_state import State, state_to_state

LIMITS = Limits([2.0, 2.5, 1.0], [8.0, 12.0, 6.0], [200.0, 500.0, 90.0])


def test_a_replan_joins_the_running_trajectory_and_loses_no_time_by_stopping():
    rng = np.random.default_rng(0)
    for _ in range(20):
        running = retime(np.cumsum(rng.normal(size=(4, 3)), axis=0), LIMITS, 0.1).trajectory
        now = rng.uniform(0.1, 0.9) * running.duration
        state = State(*running.state(now))
        path = np.vstack([running.position(now), running.position(now) + rng.normal(size=(3, 3))])
        new = retime(path, LIMITS, 0.1).trajectory
        entry = enter(state, new, LIMITS, within=0.5)
        whole = running.splice(now, entry.trajectory)
        assert whole.check(LIMITS) is None
        np.testing.assert_allclose(whole.position(whole.duration), path[-1], atol=1e-8)
        later = np.linspace(entry.after, entry.trajectory.duration, 50)
        there = np.minimum(later - entry.after + entry.at, new.duration)
        np.testing.assert_allclose(entry.trajectory.position(later), new.position(there), atol=1e-8)
        stopping = state_to_state(state, State(path[0]), LIMITS).duration + new.duration
        assert entry.trajectory.duration <= stopping + 1e-9


def test_from_rest_at_the_beginning_it_is_the_trajectory_itself():
    new = retime([[0, 0, 0], [1, 1, 1], [2, 0, 0]], LIMITS, 0.1).trajectory
    entry = enter(State([0, 0, 0]), new, LIMITS, within=0.0)
    assert (entry.after, entry.at) == (0.0, 0.0)
    np.testing.assert_allclose(entry.trajectory.coefficients, new.coefficients)


def test_what_is_left_is_the_same_motion():
    whole = retime([[0, 0, 0], [1, 1, 1], [2, 0, 0]], LIMITS, 0.1).trajectory
    for at in (0.0, 0.3, float(whole.times[5])):
        left = whole.after(at)
        assert left.duration == pytest.approx(whole.duration - at)
        times = np.linspace(0, left.duration, 40)
        for order in range(3):
            np.testing.assert_allclose(
                left.derivative(times, order),
                whole.derivative(np.minimum(at + times, whole.duration), order),
                atol=1e-8,
            )
    with pytest.raises(TrajectoryError, match="Nothing is left"):
        whole.after(whole.duration)


def test_bad_input_is_refused():
    new = retime([[0, 0, 0], [1, 1, 1]], LIMITS, 0.1).trajectory
    with pytest.raises(TrajectoryError, match="start's velocity, of joint 2"):
        enter(State([0, 0, 0], [0, 0, 1.5]), new, LIMITS, 0.5)
    with pytest.raises(TrajectoryError, match="within nan s"):
        enter(State([0, 0, 0]), new, LIMITS, np.nan)
