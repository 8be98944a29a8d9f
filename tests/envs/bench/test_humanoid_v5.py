"""Our Humanoid-v5 against Gymnasium's own, and the turns that speeds are measured in."""

from __future__ import annotations

from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest
from gaitway.envs.bench.humanoid_v5 import (
    FRAME_SKIP,
    NUM_ACTIONS,
    OBSERVATION_SIZE,
    GymnasiumHumanoid,
)
from gaitway.envs.bench.turns import rates_in_turns, ratios

_CONTACT_FORCES = 13 * 6  # the last values of an observation
_STEPS = 60


@pytest.fixture
def reference() -> Any:
    return gymnasium.make("Humanoid-v5").unwrapped


def _start_as(reference: Any, ours: GymnasiumHumanoid, world: int) -> None:
    data = reference.data
    ours.start(np.array([world]), data.qpos[None].copy(), data.qvel[None].copy())


def test_every_step_equals_gymnasium(reference: Any) -> None:
    """Observation, reward and end of every step until the fall, of the second of three worlds.

    MuJoCo sums contacts in another order without its midphase: hence not zero.
    """
    ours = GymnasiumHumanoid(3, threads=2)
    first, _ = reference.reset(seed=0)
    ours.reset()
    _start_as(reference, ours, 1)
    assert ours.observe().shape == (3, OBSERVATION_SIZE) == (3, *reference.observation_space.shape)
    np.testing.assert_array_equal(ours.observe()[1], first)
    rng = np.random.default_rng(0)
    touched, fell = 0.0, False
    observation = ours.observe()
    for _ in range(_STEPS):
        actions = rng.uniform(-0.4, 0.4, (3, NUM_ACTIONS))
        expected, expected_reward, fell, _, info = reference.step(actions[1])
        observation, reward, terminated, _, final = ours.step(actions)
        own = observation[1]
        if terminated[1]:
            own = final["final_obs"][list(final["finished"]).index(1)]
        np.testing.assert_allclose(own[:-_CONTACT_FORCES], expected[:-_CONTACT_FORCES], atol=1e-6)
        # Forces are taken at another stage of the integrator, so their cost is left out.
        with_contacts = reward[1] + 5e-7 * np.square(own[-_CONTACT_FORCES:]).sum()
        assert with_contacts == pytest.approx(expected_reward - info["reward_contact"], abs=1e-6)
        assert terminated[1] == fell
        touched = max(touched, np.abs(own[-_CONTACT_FORCES:]).max())
        if fell:
            break
    assert fell, "the robot should have fallen: its end was not compared"
    assert touched > 10, "there was no contact to compare"
    # The world that ended has begun anew, in the same step.
    assert abs(observation[1, 0] - 1.4) <= 0.01


def test_contact_forces_are_those_of_the_last_step_s_first_stage(reference: Any) -> None:
    """MuJoCo's own `mj_rnePostConstraint`, where our observation says it was taken."""
    ours = GymnasiumHumanoid(1)
    reference.reset(seed=0)
    _start_as(reference, ours, 0)
    model, data = reference.model, reference.data
    rng = np.random.default_rng(0)
    touched = 0
    for _ in range(15):
        action = rng.uniform(-0.4, 0.4, NUM_ACTIONS)
        observation, *_ = ours.step(action[None])
        data.ctrl[:] = action
        mujoco.mj_step(model, data, FRAME_SKIP - 1)
        warmstart = data.qacc_warmstart.copy()
        mujoco.mj_forward(model, data)
        mujoco.mj_rnePostConstraint(model, data)
        expected = data.cfrc_ext[1:].copy()
        data.qacc_warmstart[:] = warmstart  # as if nobody had looked
        mujoco.mj_step(model, data)
        np.testing.assert_allclose(observation[0, -_CONTACT_FORCES:], expected.ravel(), atol=1e-3)
        touched += bool(expected.any())
    assert touched > 2


def test_resets_are_drawn_as_gymnasium_draws_them() -> None:
    """Uniform within 1 cm or 0.01 rad of the model's pose and 0.01 of rest; other worlds go on."""
    ours = GymnasiumHumanoid(2000)
    ours.reset()
    qpos = ours.world.view("qpos").numpy() - ours.model.qpos0
    qvel = ours.world.view("qvel").numpy()
    for noise in (qpos, qvel):
        assert np.abs(noise).max() <= 0.01
        assert noise.std(axis=0) == pytest.approx(0.01 / np.sqrt(3), rel=0.1)


def test_turns_count_work_and_compare() -> None:
    """Everyone gets as many rounds; what does a thousand times the work at a call is counted for it."""

    def work(amount: int) -> int:
        sum(range(20_000))
        return amount

    rates = rates_in_turns({"one": lambda: work(1), "two": lambda: work(1000)}, 0.05, rounds=3)
    assert [len(values) for values in rates.values()] == [3, 3]
    assert ratios(rates, "two")["one"] > 10
    with pytest.raises(ValueError, match="seconds is 0"):
        rates_in_turns({"one": lambda: work(1)}, 0.0)
