"""A policy in one world of its task, step by step, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from ..envs.vector_env import GaitwayVectorEnv

Act = Callable[[GaitwayVectorEnv], torch.Tensor]
"""Maps an env that has just been observed to actions (num_envs, joints)."""


@dataclass
class Moment:
    """World 0 after one env step.

    `qpos` (nq,); `command` and `measured` (3,) are vx, vy in m/s in the heading frame and yaw rate in rad/s;
    `fell` says that the episode ended by a failure and a new one began.
    """

    qpos: np.ndarray
    command: np.ndarray
    measured: np.ndarray
    fell: bool


@torch.inference_mode()
def rollout(env: GaitwayVectorEnv, act: Act, command: torch.Tensor | None, seed: int) -> Iterator[Moment]:
    """Run `act` without end; with `command` (3,) it holds, without one the task draws its own."""
    env.reset(seed=seed)
    while True:
        if command is not None:
            env.command.set(command.to(env.device))
        commanded = env.command.value[0].clone()
        _, _, terminated, _, _ = env.step(act(env))
        velocity = torch.cat((env.state.root_lin_vel_h[0, :2], env.state.yaw_rate[:1]))
        yield Moment(
            env.state.qpos[0].double().cpu().numpy(),
            commanded.cpu().numpy(),
            velocity.cpu().numpy(),
            bool(terminated[0]),
        )
