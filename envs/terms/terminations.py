"""Termination terms, each a mask (num_envs,)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


def time_out(env: GaitwayVectorEnv) -> torch.Tensor:
    """The episode reached its full length."""
    return env.episode_length >= env.max_episode_length


def tilt(env: GaitwayVectorEnv, limit: float) -> torch.Tensor:
    """The base leans more than `limit` rad from upright."""
    return -env.state.projected_gravity[:, 2] < math.cos(limit)


def no_step(env: GaitwayVectorEnv, limit: float) -> torch.Tensor:
    """A foot has not left the ground for `limit` s although the command asks to move."""
    stuck = (env.steps.stance_time > limit).any(-1)
    return stuck & (env.command.moving_time > limit)


def off_patch(env: GaitwayVectorEnv) -> torch.Tensor:
    """The base left its patch of the terrain."""
    assert env.terrain is not None
    return env.terrain.distance(env.state.root_pos[:, :2]) > env.terrain.cfg.patch / 2
