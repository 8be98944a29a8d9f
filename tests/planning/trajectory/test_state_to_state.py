"""Jerk-limited motions between states: as fast as Ruckig's, within all limits, on random problems."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from gaitway.planning.errors import LimitsError, PlanningError, TrajectoryError
from gaitway.planning.limits import Limits
from gaitway.planning.trajectory.state_to_state import State, state_to_state
from gaitway.planning.trajectory.synchronise import least_time
from hypothesis import assume, given, settings
from hypothesis import strategies as st


def random_problem(rng, dof):
    """(3, dof) start, goal and limits; the states are such that the velocity's limit can be kept."""
    limits = np.exp(rng.uniform(np.log(0.3), np.log(30.0), (3, dof)))
    states = np.empty((2, 3, dof))
    states[:, 0] = rng.uniform(-3, 3, (2, dof))
    for state, direction in zip(states, (1, -1), strict=True):
        for j in range(dof):
            reached = np.inf
            while abs(reached) > limits[0, j]:
                state[1:, j] = rng.uniform(-1, 1, 2) * limits[:2, j]
                v, a = state[1:, j]
                reached = v + direction * a * abs(a) / (2 * limits[2, j])
    return states[0], states[1], limits


# In a process of its own: beside all that other tests have loaded, its extension has crashed.
RUCKIG = """
import json, sys
import ruckig
durations = []
for start, goal, limits in json.load(sys.stdin):
    problem = ruckig.InputParameter(len(start[0]))
    problem.current_position, problem.current_velocity, problem.current_acceleration = start
    problem.target_position, problem.target_velocity, problem.target_acceleration = goal
    problem.max_velocity, problem.max_acceleration, problem.max_jerk = limits
    trajectory = ruckig.Trajectory(len(start[0]))
    ruckig.Ruckig(len(start[0])).calculate(problem, trajectory)
    durations.append(trajectory.duration)
json.dump(durations, sys.stdout)
"""


@pytest.mark.skipif(find_spec("ruckig") is None, reason="Ruckig is not installed")
@pytest.mark.parametrize(("dof", "count"), [(1, 2000), (3, 400), (7, 200)])
def test_it_is_as_fast_as_ruckig(dof, count):
    rng = np.random.default_rng(dof)
    problems = [random_problem(rng, dof) for _ in range(count)]
    given = json.dumps([[part.tolist() for part in problem] for problem in problems])
    answer = subprocess.run(
        [sys.executable, "-c", RUCKIG], input=given, capture_output=True, text=True, check=True
    )
    ours = [least_time(*problem) for problem in problems]
    np.testing.assert_allclose(ours, json.loads(answer.stdout), rtol=0, atol=1e-6)


def test_it_arrives_within_limits_by_samples():
    rng = np.random.default_rng(5)
    for _ in range(100):
        start, goal, limits = random_problem(rng, 4)
        trajectory = state_to_state(State(*start), State(*goal), Limits(*limits))
        np.testing.assert_allclose(trajectory.state(0.0), start, atol=1e-9)
        np.testing.assert_allclose(trajectory.state(trajectory.duration), goal, atol=1e-8)
        samples = trajectory.sample(trajectory.duration / 300)
        for values, limit in zip((samples.velocity, samples.acceleration, samples.jerk), limits, strict=True):
            assert (np.abs(values) <= limit * (1 + 1e-9)).all()
        slopes = np.diff(samples.velocity, axis=0) / np.diff(samples.times)[:, None]
        assert (np.abs(slopes) <= limits[1] * (1 + 1e-6)).all()  # acceleration, without our derivatives


def test_closed_form_from_rest_to_rest():
    # Neither velocity nor acceleration reach their limits: four phases of (d / 2J)^(1/3).
    trajectory = state_to_state(State([0.0]), State([1.0]), Limits([10.0], [10.0], [2.0]))
    assert trajectory.duration == pytest.approx(4 * (1 / 4) ** (1 / 3))
    # Both do: d / V + V / A + A / J.
    trajectory = state_to_state(State([0.0]), State([-9.0]), Limits([2.0], [1.0], [2.0]))
    assert trajectory.duration == pytest.approx(9 / 2 + 2 + 1 / 2)


finite = st.floats(-1.0, 1.0)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(finite, finite, finite, finite, finite), min_size=1, max_size=4),
    st.floats(-2, 2),
    st.floats(-2, 2),
)
def test_limits_hold_for_any_problem(joints, amax_exponent, jmax_exponent):
    """Round numbers, zeros and states at a limit among them."""
    d, v0, a0, vf, af = np.array(joints).T
    ones = np.ones(len(d))
    limits = Limits(ones, ones * 10**amax_exponent, ones * 10**jmax_exponent)
    peak = limits.acceleration
    start, goal = State(0 * d, v0, a0 * peak), State(d, vf, af * peak)
    try:
        trajectory = state_to_state(start, goal, limits)
    except TrajectoryError as error:
        assume("beyond its limit" not in str(error) and "nothing to do" not in str(error))
        raise
    assert trajectory.check(limits) is None
    np.testing.assert_allclose(trajectory.position(trajectory.duration), d, atol=1e-8)


def test_a_joint_that_stays_does_not_move():
    trajectory = state_to_state(State([0.0, 1.0]), State([1.0, 1.0]), Limits([1, 1], [2, 2], [9, 9]))
    np.testing.assert_allclose(trajectory.sample(0.01).position[:, 1], 1.0, atol=1e-12)


def test_a_start_at_the_velocity_limit_is_allowed():
    limits = Limits([1.0], [2.0], [9.0])
    assert state_to_state(State([0.0], [1.0]), State([1.0], [1.0]), limits).duration == pytest.approx(1.0)


def test_a_trace_of_acceleration_at_the_velocity_limit_is_no_obstacle():
    limits = Limits([0.1], [10.0], [10.0])
    motion = state_to_state(State([1.0], [0.1], [1e-8]), State([100.0], [0.0], [1e-8]), limits)
    assert motion.duration == pytest.approx(990.1, abs=1e-6)  # Ruckig's


def test_a_peak_of_acceleration_above_what_rest_would_need():
    """From one velocity limit to the other, with acceleration at both ends: 34.16 s, which is Ruckig's."""
    limits = Limits([10.0], [1.0], [0.01])
    motion = state_to_state(State([100.0], [-10.0], [0.5]), State([100.0], [10.0], [0.5]), limits)
    assert motion.duration == pytest.approx(34.16407865)


@pytest.mark.parametrize(
    ("start", "goal", "sentence"),
    [
        (State([np.nan, 0]), State([0, 0]), "start's position of joint 0 is nan"),
        (State([0, 0]), State([0.0]), "goal's position has shape"),
        (
            State([0, 0], [0, 1.2]),
            State([1, 1]),
            "start's velocity, of joint 1, is 1.2, beyond its limit of 1",
        ),
        (State([0, 0], [0, 0.9], [0, 2]), State([1, 1]), "once its acceleration has gone"),
        (State([0, 0]), State([1, 1], [0, 0.9], [0, -2]), "before its acceleration came"),
        (State([0, 0], [0, 0], [3, 0]), State([1, 1]), "start's acceleration, of joint 0"),
        (State([1, 2]), State([1, 2]), "nothing to do"),
    ],
)
def test_bad_states_are_refused_in_a_sentence(start, goal, sentence):
    with pytest.raises(TrajectoryError, match=sentence):
        state_to_state(start, goal, Limits([1, 1], [2, 2], [9, 9]))


@pytest.mark.parametrize(
    ("velocity", "sentence"),
    [
        ([1, 0], "velocity limit of joint 1 is 0"),
        ([1], "of 1 velocities"),
        ([[1]], "shape"),
        ([1, np.nan], "nan"),
    ],
)
def test_bad_limits_are_refused_in_a_sentence(velocity, sentence):
    with pytest.raises(LimitsError, match=sentence):
        Limits(velocity, [1, 1], [1, 1])
    assert issubclass(LimitsError, PlanningError)
