"""The managers alone, on an env that is nothing but a clock and a generator."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from gaitway.envs.commands.velocity import GaitCfg, VelocityCommand, VelocityCommandCfg
from gaitway.envs.config import (
    EventTerm,
    ObservationTerm,
    RewardTerm,
    TerminationTerm,
)
from gaitway.envs.episode_log import EpisodeLog
from gaitway.envs.foot_steps import FootSteps
from gaitway.envs.managers.event import EventManager
from gaitway.envs.managers.observation import ObservationManager
from gaitway.envs.managers.reward import RewardManager
from gaitway.envs.managers.termination import TerminationManager

DT = 0.02


def _env(num_envs: int, **parts: Any) -> Any:
    generator = torch.Generator().manual_seed(0)
    return SimpleNamespace(
        num_envs=num_envs,
        device=torch.device("cpu"),
        step_dt=DT,
        some=lambda mask: bool(mask.any()),
        uniform=lambda shape: torch.rand(shape, generator=generator),
        **parts,
    )


def _worlds(mask: torch.Tensor) -> list[int]:
    return mask.nonzero().flatten().tolist()


def _command(num_envs: int, **settings: Any) -> VelocityCommand:
    command = VelocityCommandCfg(**settings).build(_env(num_envs))
    command.reset(torch.ones(num_envs, dtype=torch.bool))
    return command


def test_commands_fill_their_ranges_and_stand_as_often_as_asked() -> None:
    command = _command(
        20000, lin_vel_x=(-0.3, 0.6), lin_vel_y=(-0.2, 0.2), ang_vel_z=(-0.7, 0.7), standing=0.25
    )
    walking = command.value[command.moving].numpy()
    assert (command.value[~command.moving] == 0).all()
    # Commands below the threshold of 0.1 count as standing too: an ellipsoid of little volume.
    share = 4 / 3 * np.pi * 0.1**3 / (0.9 * 0.4 * 1.4)
    assert (~command.moving).float().mean() == pytest.approx(0.25 + 0.75 * share, abs=0.01)
    np.testing.assert_allclose(walking.min(axis=0), [-0.3, -0.2, -0.7], atol=0.01)
    np.testing.assert_allclose(walking.max(axis=0), [0.6, 0.2, 0.7], atol=0.01)
    np.testing.assert_allclose(walking.mean(axis=0), [0.15, 0.0, 0.0], atol=0.02)


def test_commands_last_as_long_as_configured() -> None:
    command = _command(200, resample_s=(0.5, 1.0), standing=0.0, gait=GaitCfg(standing_threshold=0.0))
    changed_at = np.zeros(200)
    durations: list[float] = []
    for step in range(1, 400):
        before = command.value.clone()
        command.step()
        changed = (command.value != before).any(dim=1).numpy()
        durations += list(step * DT - changed_at[changed])
        changed_at[changed] = step * DT
    assert min(durations) >= 0.5 - 1e-6 and max(durations) <= 1.0 + DT + 1e-6
    assert np.mean(durations) == pytest.approx(0.75 + DT / 2, abs=0.02)


def test_clock_runs_at_its_frequency_and_rests_when_standing() -> None:
    command = _command(
        2, gait=GaitCfg(frequency=1.25, frequency_per_speed=0.5, standing_threshold=0.1, swing=0.4)
    )
    command.set(torch.tensor([[0.3, 0.4, 0.0], [0.05, 0.0, 0.0]]))
    command.phase[:] = torch.tensor([0.9, 0.9])
    for _ in range(10):
        command.step()
    # 1.25 Hz and half as much per m/s at 0.5 m/s: 1.5 Hz for 0.2 s is 0.3 of a cycle.
    assert command.moving.tolist() == [True, False]
    np.testing.assert_allclose(command.phase.numpy(), [0.2, 0.0], atol=1e-5)
    np.testing.assert_allclose(command.feet_phase()[0].numpy(), [0.2, 0.7], atol=1e-5)
    # The first foot is half through its swing of 0.4; the second, and both when standing, should be down.
    np.testing.assert_allclose(command.feet_swing().numpy(), [[0.5, 1.0], [1.0, 1.0]], atol=1e-5)


def test_command_set_by_the_caller_stays() -> None:
    command = _command(3, resample_s=(0.1, 0.2))
    command.set(torch.tensor([0.4, 0.0, -0.2]))
    for _ in range(50):
        command.step()
    assert torch.equal(command.value, torch.tensor([[0.4, 0.0, -0.2]]).repeat(3, 1))


def test_interval_events_come_at_random_times_within_their_range() -> None:
    happened: list[list[int]] = []
    term = EventTerm(lambda env, mask: happened[-1].extend(_worlds(mask)), "interval", interval_s=(0.4, 0.8))
    manager = EventManager(_env(50), {"push": term})
    manager.startup()
    for _ in range(200):
        happened.append([])
        manager.step()
    for world in range(50):
        steps = [step for step, ids in enumerate(happened) if world in ids]
        gaps = np.diff(steps) * DT
        assert gaps.min() >= 0.4 - 1e-6 and gaps.max() <= 0.8 + DT
    assert len({tuple(ids) for ids in happened if ids}) > 50, "the worlds' timers run in step"


def test_events_act_in_their_mode_only() -> None:
    calls: list[tuple[str, list[int]]] = []

    def note(env: Any, mask: torch.Tensor, name: str) -> None:
        calls.append((name, _worlds(mask)))

    terms = {
        mode: EventTerm(note, mode, (9.0, 9.0), {"name": mode}) for mode in ("startup", "reset", "interval")
    }
    manager = EventManager(_env(3), terms)
    manager.startup()
    manager.reset(torch.tensor([False, True, False]))
    manager.step()
    assert calls == [("startup", [0, 1, 2]), ("reset", [1])]


def test_reward_is_the_weighted_sum_over_the_step_and_adds_up_per_term() -> None:
    terms = {
        "good": RewardTerm(lambda env, gain: gain * torch.tensor([1.0, 2.0]), 3.0, {"gain": 0.5}),
        "flag": RewardTerm(lambda env: torch.tensor([True, False]), -1.0),
        "off": RewardTerm(lambda env: torch.full((2,), torch.nan), 0.0),
    }
    manager = RewardManager(_env(2), terms)
    for _ in range(5):
        torch.testing.assert_close(manager.compute(), torch.tensor([0.5, 3.0]) * DT)
    sums = 5 * DT * torch.tensor([[1.5, -1.0], [3.0, 0.0]])
    torch.testing.assert_close(manager.episode_sums, sums)
    manager.reset(torch.tensor([False, True]))
    torch.testing.assert_close(manager.episode_sums, sums * torch.tensor([[1.0], [0.0]]))


def test_log_is_the_mean_over_the_episodes_that_ended_since_it_was_taken() -> None:
    log = EpisodeLog(["reward/a", "length_s"], torch.device("cpu"))
    assert log.take() == {}
    values = torch.tensor([[1.0, 10.0], [2.0, 20.0], [6.0, 30.0]])
    log.add(torch.tensor([True, False, True]), values)
    log.add(torch.tensor([False, False, False]), values)
    log.add(torch.tensor([False, True, False]), values)
    assert log.take() == pytest.approx({"reward/a": 3.0, "length_s": 20.0})
    assert log.take() == {}


def test_failure_wins_over_time_out() -> None:
    manager = TerminationManager(
        _env(4),
        {
            "late": TerminationTerm(lambda env: torch.tensor([True, True, False, False]), time_out=True),
            "fell": TerminationTerm(lambda env: torch.tensor([True, False, True, False])),
        },
    )
    terminated, truncated = manager.compute()
    assert terminated.tolist() == [True, False, True, False]
    assert truncated.tolist() == [False, True, False, False]


def test_observation_is_its_scaled_terms_side_by_side() -> None:
    terms = {
        "first": ObservationTerm(lambda env: torch.ones(2, 2), "scalar", scale=0.5),
        "second": ObservationTerm(
            lambda env, value: torch.full((2, 1), value), "scalar", params={"value": 3.0}
        ),
    }
    manager = ObservationManager(_env(2), terms)
    assert manager.sizes == {"first": 2, "second": 1} and manager.size == 3
    assert manager.compute().tolist() == [[0.5, 0.5, 3.0]] * 2


def test_foot_steps_time_each_swing() -> None:
    steps = FootSteps(1, 1, DT, torch.device("cpu"))
    touchdowns = []
    for in_contact in (True, False, False, False, True, True, False, True):
        steps.update(torch.tensor([[in_contact]]))
        if steps.touchdown.item():
            touchdowns.append(steps.last_swing.item())
    assert touchdowns == pytest.approx([3 * DT, DT])
    steps.update(torch.tensor([[False]]))
    steps.reset(torch.tensor([True]))
    steps.update(torch.tensor([[True]]))
    assert not steps.touchdown.item(), "the swing of the last episode ended in this one"
