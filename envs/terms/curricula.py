"""Curriculum terms `(env, mask, **params)`, called when episodes of the worlds in `mask` have ended.

They return one number in a tensor, for the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..masks import write

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


def terrain_level(env: GaitwayVectorEnv, mask: torch.Tensor, near: float = 0.25) -> torch.Tensor:
    """Move worlds to harder patches once their robot has walked off one, to easier ones after a fall.

    A robot that survived but got less than `near` of the way to the patch's edge stays where it is, as Rudin
    et al. (2021) do by distance walked. Those that pass the last level go to a random one, so that none is
    forgotten. Returns the mean level.
    """
    terrain = env.terrain
    assert terrain is not None
    if env.started:
        walked = terrain.distance(env.state.root_pos[:, :2]) / (terrain.cfg.patch / 2)
        up = (walked >= 1.0).long()
        down = (env.terminated & (walked < near + 0.5)).long()
        level = terrain.level + up - down
        random = (env.uniform((env.num_envs,)) * terrain.cfg.levels).long()
        write(terrain.level, mask, torch.where(level >= terrain.cfg.levels, random, level.clamp(min=0)))
    return terrain.level.float().mean()
