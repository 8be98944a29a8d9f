"""Entry points behind `gymnasium.make` and `gymnasium.make_vec`."""

from __future__ import annotations

from typing import Any

from .registration import load_cfg
from .single_env import GaitwayEnv
from .vector_env import GaitwayVectorEnv


def make_vector(task: str, num_envs: int = 1, **kwargs: Any) -> GaitwayVectorEnv:
    """N worlds of a registered task; `kwargs` go to `GaitwayVectorEnv`."""
    return GaitwayVectorEnv(load_cfg(task), num_envs, **kwargs)


def make_single(task: str, **kwargs: Any) -> GaitwayEnv:
    """One world of a registered task, NumPy in and out."""
    return GaitwayEnv(GaitwayVectorEnv(load_cfg(task), 1, **kwargs))
