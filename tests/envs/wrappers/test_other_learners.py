"""Learners of other people improve on our envs through the standard interfaces."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

TASK = "Gaitway/AmrNavigation-v0"
EXAMPLE = Path(__file__).parents[3] / "examples/cleanrl_ppo.py"


@pytest.fixture(autouse=True)
def _one_thread() -> object:
    """Small networks; and the same sums, so the same training, on any machine."""
    count = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(count)


def test_a_file_in_the_manner_of_cleanrl_improves() -> None:
    history = runpy.run_path(str(EXAMPLE))["train"](TASK, num_envs=64, iterations=20, seed=0)
    assert np.mean(history[-3:]) > np.mean(history[:3]) + 0.02


def test_stable_baselines3_improves() -> None:
    sb3 = pytest.importorskip("stable_baselines3")
    from gaitway.envs.wrappers.sb3 import SB3VecEnv

    env = SB3VecEnv(gymnasium.make_vec(TASK, num_envs=64))
    model = sb3.PPO(
        "MlpPolicy", env, n_steps=24, batch_size=384, n_epochs=5, gamma=0.98, learning_rate=1e-3, seed=0
    )
    rewards: list[float] = []

    def record(values: dict[str, Any], _: object) -> bool:
        rewards.append(float(values["rewards"].mean()))
        return True

    model.learn(64 * 24 * 12, callback=record)
    env.close()
    assert len(rewards) == 24 * 12
    assert np.mean(rewards[-72:]) > np.mean(rewards[:72]) + 0.02
