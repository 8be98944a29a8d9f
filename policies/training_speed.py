"""Samples per second of training beside those of the environment alone."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch

from ..envs.bench.task import ACTION_NOISE
from ..envs.bench.turns import rates_in_turns, ratios, summary
from ..envs.config import EnvCfg
from ..envs.vector_env import GaitwayVectorEnv
from .trainer import Trainer

_ITERATIONS = 8  # per turn: a checkpoint begins and ends each of them, which must not weigh
_ROUNDS = 5


def measure_training(cfg: EnvCfg, num_envs: int, seconds: float, device: str = "cpu") -> dict[str, Any]:
    """Env steps per second of `gaitway train` from its start, and of the environment, in turns.

    The environment's actions are those of `gaitway bench physics`: small enough that robots stand, as they
    do in most of a training; robots that lie cost less. Each measures for `seconds`. `share` is the median
    of training's speed over the environment's, 1 if learning cost nothing.

    Raises:
        ValueError: `seconds` <= 0, or the environment's.
    """
    steps = cfg.agent.num_steps_per_env
    env = GaitwayVectorEnv(cfg, num_envs, device)
    env.reset(seed=0)

    def step() -> int:
        for _ in range(steps):
            env.step(ACTION_NOISE * torch.randn(num_envs, env.actions.size, device=env.device))
        return steps * num_envs

    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(GaitwayVectorEnv(cfg, num_envs, device), cfg.agent, Path(folder), 0, "")

        def train() -> int:
            before = trainer.samples
            end = trainer.iteration + _ITERATIONS
            trainer.train(lambda trainer: trainer.iteration >= end, lambda progress: None)
            return trainer.samples - before

        rates = rates_in_turns({"training": train, "environment": step}, seconds, _ROUNDS)
    share = 1.0 / ratios(rates, "environment")["training"]
    return {"task": cfg.task, "num_envs": num_envs, "per_second": summary(rates), "share": share}
