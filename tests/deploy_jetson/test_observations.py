from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from gaitway.deploy_jetson.contract import BundleError, Contract, GaitClock
from gaitway.deploy_jetson.golden import Golden
from gaitway.deploy_jetson.observations import ObservationBuilder, SensorReading

PHASE = slice(-2, None)


def _reading(num: int) -> SensorReading:
    quat = np.tile([1.0, 0.0, 0.0, 0.0], (num, 1))
    return SensorReading(np.zeros((num, 3)), quat, np.zeros((num, 2)), np.zeros((num, 2)))


def _phase(observation: np.ndarray) -> np.ndarray:
    sin, cos = observation[:, PHASE].T.astype(float)
    return np.arctan2(sin, cos) / (2 * np.pi) % 1.0


def test_observations_equal_those_worked_out_by_hand(contract: Contract, golden: Golden) -> None:
    builder = ObservationBuilder(contract)
    for t in range(len(golden)):
        row = slice(t, t + 1)
        if golden.start[t]:
            builder.reset(1, golden.phase[row])
        observation = builder.build(golden.reading(row), golden.command[row])
        np.testing.assert_allclose(observation, golden.observations[row], atol=2e-6)
        builder.remember(golden.actions[row])


def test_clock_keeps_time(contract: Contract) -> None:
    """After k ticks the phase is the start plus k ticks of frequency + frequency_per_speed * speed."""
    builder = ObservationBuilder(contract)
    start = np.array([0.0, 0.3, 0.9])
    builder.reset(3, start)
    command = np.array([[0.3, 0.0, 0.0], [0.0, 0.2, 0.0], [0.3, 0.4, 0.1]])
    speed = np.array([0.3, 0.2, 0.5])
    for k in range(500):
        phase = _phase(builder.build(_reading(3), command))
        expected = (start + k * 0.02 * (1.4 + 0.5 * speed)) % 1.0
        assert np.abs((phase - expected + 0.5) % 1.0 - 0.5).max() < 1e-4


def test_clock_rests_while_standing(contract: Contract) -> None:
    builder = ObservationBuilder(contract)
    builder.reset(1, np.array([0.4]))
    walk, stand = np.array([[0.5, 0.0, 0.0]]), np.array([[0.06, 0.06, 0.05]])
    assert np.linalg.norm(stand) < contract.commands.standing_threshold
    builder.build(_reading(1), walk)
    np.testing.assert_array_equal(builder.build(_reading(1), stand)[:, PHASE], 0.0)
    # It starts again one tick after phase 0.
    assert _phase(builder.build(_reading(1), walk))[0] == pytest.approx(0.02 * 1.65, abs=1e-6)


def test_worlds_reset_apart(contract: Contract) -> None:
    builder = ObservationBuilder(contract)
    builder.reset(3)
    command = np.tile([0.5, 0.0, 0.0], (3, 1))
    builder.build(_reading(3), command)
    builder.remember(np.full((3, 2), 0.5))
    builder.reset_rows(np.array([1]), np.array([0.75]))
    observation = builder.build(_reading(3), command)
    np.testing.assert_allclose(_phase(observation), [0.033, 0.75, 0.033], atol=1e-6)
    np.testing.assert_array_equal(builder.last_action, [[0.5, 0.5], [0.0, 0.0], [0.5, 0.5]])


def test_last_action_is_clipped_and_finite(contract: Contract) -> None:
    builder = ObservationBuilder(contract)
    builder.reset(1)
    np.testing.assert_array_equal(builder.remember(np.array([[5.0, np.nan]])), [[1.0, 0.0]])


def test_unknown_or_missized_terms_are_refused(contract: Contract) -> None:
    for change, sentence in (
        ({"name": "base_lin_vel"}, "observation 'base_lin_vel' is unknown"),
        ({"size": 4}, "observation 'base_ang_vel' has size 4, the robot gives 3"),
    ):
        term = dataclasses.replace(contract.observations[0], **change)
        bad = dataclasses.replace(contract, observations=(term, *contract.observations[1:]))
        with pytest.raises(BundleError, match=sentence):
            ObservationBuilder(bad)


def test_everything_is_float32(contract: Contract) -> None:
    fast = dataclasses.replace(contract, gait_clock=GaitClock(2.0, 0.0, None))
    builder = ObservationBuilder(fast)
    builder.reset(2)
    assert builder.build(_reading(2), np.ones((2, 3))).dtype == np.float32
    assert builder.clock.phase.dtype == np.float32


def test_histories_begin_with_the_first_reading_of_each_world(contract: Contract) -> None:
    """Joint velocities, clipped, then scaled, over three ticks, the oldest first; world 1 starts anew."""
    terms = tuple(
        dataclasses.replace(term, history=3, clip=(-1.0, 2.0)) if term.name == "joint_vel" else term
        for term in contract.observations
    )
    builder = ObservationBuilder(dataclasses.replace(contract, observations=terms, observation_size=21))
    builder.reset(2)
    columns = slice(8, 14)
    expected: list[list[list[float]]] = [[], []]
    for tick, value in enumerate((0.5, -3.0, 1.0, 4.0, 1.5)):
        if tick == 3:
            builder.reset_rows(np.array([1]))
            expected[1] = []
        reading = dataclasses.replace(_reading(2), joint_vel=np.array([[value, 0.0], [-value, value]]))
        observation = builder.build(reading, np.zeros((2, 3)))[:, columns]
        for world, now in enumerate(np.clip(reading.joint_vel, -1.0, 2.0) * 0.05):
            expected[world] = ([*expected[world], now.tolist()] if expected[world] else [now.tolist()] * 3)[
                -3:
            ]
        np.testing.assert_allclose(observation, np.reshape(expected, (2, 6)), atol=1e-7)


def test_a_gait_clock_of_which_no_command_is_to_stand_never_rests(contract: Contract) -> None:
    assert contract.commands is not None
    commands = dataclasses.replace(contract.commands, standing_threshold=-1.0)
    builder = ObservationBuilder(dataclasses.replace(contract, commands=commands))
    builder.reset(1)
    phases = [_phase(builder.build(_reading(1), np.zeros((1, 3))))[0] for _ in range(3)]
    np.testing.assert_allclose(phases, [0.0, 0.028, 0.056], atol=1e-6)
