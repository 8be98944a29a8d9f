"""Steps that are recorded once and repeated do what steps by Python do: what a GPU will be told to do."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from gaitway.envs.commands.goal import GoalCommandCfg
from gaitway.envs.layouts.pool import PoolCfg
from gaitway.envs.registration import TASKS, load_cfg
from gaitway.envs.step_graph import StepGraph
from gaitway.envs.vector_env import GaitwayVectorEnv

from .replay import ReplayedCapture

_WORLDS = 8
_STEPS = 14
_ON_WARP = ("Gaitway/DroidVelocityFlat-v0", "Gaitway/AmrNavigation-v0")


def _make(task: str, device: str = "cpu") -> GaitwayVectorEnv:
    """Pushes, commands, late sensors and actions, and ends of episodes within a few steps."""
    cfg = load_cfg(task)
    if isinstance(cfg.commands, GoalCommandCfg):
        cfg.commands.pool = PoolCfg(layouts=2, goals=2)
    for term in cfg.events.values():
        term.interval_s = (0.04, 0.2)
    if hasattr(cfg.commands, "resample_s"):
        cfg.commands.resample_s = (0.06, 0.2)  # pyright: ignore[reportAttributeAccessIssue]
    cfg.noise.latency_s = cfg.actions.latency_s = (0.0, 2 * cfg.sim.timestep * cfg.sim.decimation)
    env = GaitwayVectorEnv(cfg, _WORLDS, device, threads=1)
    env.never_waits = True
    return env


def _start(env: GaitwayVectorEnv) -> None:
    env.reset(seed=0)
    env.episode_length[:4] = env.max_episode_length - torch.tensor([3, 6, 9, 12])


def _actions(env: GaitwayVectorEnv) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [0.3 * torch.randn(_WORLDS, env.actions.size, generator=generator) for _ in range(_STEPS)]


def _equal(theirs: Any, ours: Any) -> bool:
    return torch.equal(torch.nan_to_num(theirs), torch.nan_to_num(ours))


def _assert_same_steps(eager: GaitwayVectorEnv, graphed: GaitwayVectorEnv) -> None:
    graphed.graph = StepGraph(graphed, lambda: ReplayedCapture(graphed))
    ended = 0
    for keeps in (True, False):
        for env in (eager, graphed):
            env.keeps_final_obs = keeps
            _start(env)
        for step, actions in enumerate(_actions(eager)):
            expected, got = eager.step(actions), graphed.step(actions)
            for theirs, ours in zip(expected[:4], got[:4], strict=True):
                assert _equal(theirs, ours), step
            assert expected[4].keys() == got[4].keys()
            if keeps:
                assert _equal(expected[4]["final_obs"], got[4]["final_obs"])
            for name, group in eager.observation_groups.items():
                assert _equal(group, graphed.observation_groups[name]), (name, step)
            ended += int((got[2] | got[3]).sum())
    assert ended >= 8
    assert eager.take_log() == graphed.take_log()


@pytest.mark.parametrize("task", TASKS)
def test_repeated_steps_are_steps(task: str) -> None:
    _assert_same_steps(_make(task), _make(task))


@pytest.mark.parametrize("task", _ON_WARP)
def test_repeated_steps_are_steps_on_warp(task: str) -> None:
    _assert_same_steps(_make(task, "warp"), _make(task, "warp"))
