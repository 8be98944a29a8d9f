"""Golden recordings: a policy in its environment, as raw sensor values with what training makes of them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import torch

from ..deploy_jetson.golden import Golden
from ..envs.config import EnvCfg
from ..envs.vector_env import GaitwayVectorEnv
from .evaluation import Policy

_SENSORS = ("gyro", "quat", "joint_pos", "joint_vel")


def eventful(cfg: EnvCfg) -> EnvCfg:
    """The task with commands that change every second or two and often stand: a short recording has all."""
    cfg.commands.resample_s = (1.0, 2.0)
    cfg.commands.standing = 0.3
    return cfg


@torch.inference_mode()
def record(
    env: GaitwayVectorEnv, policy: Policy, ticks: int, seed: int, facts: dict[str, Any]
) -> list[Golden]:
    """Run `policy` for `ticks` steps; one recording per world, each over several episodes if it falls."""
    env.reset(seed=seed)
    clip = env.cfg.actions.clip
    rows: dict[str, list[torch.Tensor]] = defaultdict(list)
    for _ in range(ticks):
        for name in _SENSORS:
            rows[name].append(getattr(env.measurements, name).clone())
        rows["command"].append(env.command.value.clone())
        rows["start"].append(env.episode_length == 0)
        rows["phase"].append(env.command.phase.clone())
        rows["observations"].append(env.observation_groups["actor"].clone())
        actions = policy(env)
        rows["actions"].append(actions.clamp(-clip, clip))
        env.step(actions)
    arrays = {name: torch.stack(values, dim=1).cpu().numpy() for name, values in rows.items()}
    return [
        Golden(facts=facts, **{name: array[world] for name, array in arrays.items()})
        for world in range(env.num_envs)
    ]
