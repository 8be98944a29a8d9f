"""Golden recordings: a policy in its environment, as raw sensor values with what training makes of them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import torch

from ..deploy_jetson.contract import Contract
from ..deploy_jetson.golden import Golden
from ..envs.commands.velocity import VelocityCommandCfg
from ..envs.config import EnvCfg
from ..envs.vector_env import GaitwayVectorEnv
from .evaluation import Policy
from .reading import as_numpy, reading_of

_SENSORS = ("gyro", "quat", "joint_pos", "joint_vel")


def eventful(cfg: EnvCfg) -> EnvCfg:
    """The task with velocities that change every second or two and often stand: a short recording has all."""
    if isinstance(cfg.commands, VelocityCommandCfg):
        cfg.commands.resample_s = (1.0, 2.0)
        cfg.commands.standing = 0.3
    return cfg


@torch.inference_mode()
def record(env: GaitwayVectorEnv, policy: Policy, ticks: int, seed: int, contract: Contract) -> list[Golden]:
    """Run `policy` for `ticks` steps; one recording per world, each over several episodes if it falls."""
    env.reset(seed=seed)
    clip = env.cfg.actions.clip
    rows: dict[str, list[np.ndarray]] = defaultdict(list)
    external: dict[str, list[np.ndarray]] = {term.name: [] for term in contract.external}
    for _ in range(ticks):
        reading = reading_of(env, external)
        for name in _SENSORS:
            if (values := getattr(reading, name)) is not None:
                rows[name].append(values)
        for name, value in reading.external.items():
            external[name].append(value)
        if contract.commands is not None:
            rows["command"].append(as_numpy(env.command.value))
        if contract.gait_clock is not None:
            rows["phase"].append(as_numpy(env.command.phase))
        rows["start"].append(as_numpy(env.episode_length == 0))
        rows["observations"].append(as_numpy(env.observation_groups["actor"]))
        actions = policy(env)
        rows["actions"].append(as_numpy(actions.clamp(-clip, clip)))
        env.step(actions)
    return [_golden(world, rows, external, contract.facts()) for world in range(env.num_envs)]


def _golden(
    world: int,
    rows: dict[str, list[np.ndarray]],
    external: dict[str, list[np.ndarray]],
    facts: dict[str, Any],
) -> Golden:
    """The recording of one world out of rows with a value per world, one a tick."""

    def over_time(ticks: list[np.ndarray]) -> np.ndarray:
        return np.stack([tick[world] for tick in ticks])

    return Golden(
        facts=facts,
        external={name: over_time(ticks) for name, ticks in external.items()},
        **{name: over_time(ticks) for name, ticks in rows.items()},
    )
