"""A few worlds of a task in which everything that can happen does so within a few steps."""

from __future__ import annotations

import torch
from gaitway.envs.commands.goal import GoalCommandCfg
from gaitway.envs.layouts.pool import PoolCfg
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv

WORLDS = 8


def busy_env(task: str, device: str = "cpu", noise: bool = True) -> GaitwayVectorEnv:
    """Pushes and new commands every few steps, late sensors and actions, and few layouts of furniture."""
    cfg = load_cfg(task)
    if isinstance(cfg.commands, GoalCommandCfg):
        cfg.commands.pool = PoolCfg(layouts=2, goals=2)
    for term in cfg.events.values():
        term.interval_s = (0.04, 0.2)
    if hasattr(cfg.commands, "resample_s"):
        cfg.commands.resample_s = (0.06, 0.2)  # pyright: ignore[reportAttributeAccessIssue]
    cfg.noise.latency_s = cfg.actions.latency_s = (0.0, 2 * cfg.sim.timestep * cfg.sim.decimation)
    return GaitwayVectorEnv(cfg, WORLDS, device, threads=1, noise=noise)


def random_actions(env: GaitwayVectorEnv, count: int) -> list[torch.Tensor]:
    """The same for every env of a task."""
    generator = torch.Generator().manual_seed(0)
    return [0.3 * torch.randn(WORLDS, env.actions.size, generator=generator) for _ in range(count)]
