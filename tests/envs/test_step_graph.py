"""Steps that are recorded once and repeated do what steps by Python do: what a GPU will be told to do."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from gaitway.envs.registration import TASKS
from gaitway.envs.step_graph import StepGraph
from gaitway.envs.vector_env import GaitwayVectorEnv

from .busy_env import busy_env, random_actions
from .replay import ReplayedCapture

_STEPS = 14
_ON_WARP = ("Gaitway/DroidVelocityFlat-v0", "Gaitway/AmrNavigation-v0")


def _start(env: GaitwayVectorEnv) -> None:
    env.reset(seed=0)
    env.episode_length[:4] = env.max_episode_length - torch.tensor([3, 6, 9, 12])


def _equal(theirs: Any, ours: Any) -> bool:
    return torch.equal(torch.nan_to_num(theirs), torch.nan_to_num(ours))


def _assert_same_steps(eager: GaitwayVectorEnv, graphed: GaitwayVectorEnv) -> None:
    eager.never_waits = graphed.never_waits = True
    graphed.graph = StepGraph(graphed, lambda: ReplayedCapture(graphed))
    ended = 0
    for keeps in (True, False):
        for env in (eager, graphed):
            env.keeps_final_obs = keeps
            _start(env)
        for step, actions in enumerate(random_actions(eager, _STEPS)):
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
    _assert_same_steps(busy_env(task), busy_env(task))


@pytest.mark.parametrize("task", _ON_WARP)
def test_repeated_steps_are_steps_on_warp(task: str) -> None:
    _assert_same_steps(busy_env(task, "warp"), busy_env(task, "warp"))
