"""Numbers of a config that no simulation can run by."""

from __future__ import annotations

import math
import re

from .agent import PPOCfg
from .config import EnvCfg


def check_cfg(cfg: EnvCfg) -> None:
    """Refuse a config before anything is built from it.

    Raises:
        ValueError: the sentence names the field and what it must be.
    """
    for field, value in (("sim.timestep", cfg.sim.timestep), ("actions.clip", cfg.actions.clip)):
        if not 0 < value < math.inf:
            raise ValueError(f"{field} is {value:g}; it must be more than 0.")
    for name in ("decimation", "iterations", "ls_iterations"):
        _require_count(f"sim.{name}", getattr(cfg.sim, name))
    step = cfg.sim.timestep * cfg.sim.decimation
    if not step <= cfg.episode_s < math.inf:
        raise ValueError(f"episode_s is {cfg.episode_s:g}; an episode takes at least one step of {step:g} s.")
    if not any(term.weight for term in cfg.rewards.values()):
        raise ValueError("rewards: no term is left that has a weight; leave one in.")
    for name, term in cfg.rewards.items():
        if not math.isfinite(term.weight):
            raise ValueError(f"rewards.{name}.weight is {term.weight:g}; it must be finite.")
    _check_agent(cfg.agent)
    try:
        re.compile(cfg.actions.joints)
    except re.error as error:
        raise ValueError(
            f"actions.joints '{cfg.actions.joints}' is no regular expression: {error}."
        ) from None


def _check_agent(agent: PPOCfg) -> None:
    for name in ("num_steps_per_env", "num_learning_epochs", "num_mini_batches"):
        _require_count(f"agent.{name}", getattr(agent, name))
    for name in ("hidden_dims", "critic_hidden_dims"):
        for width in getattr(agent, name) or ():
            _require_count(f"agent.{name}", width)
    for name in ("init_std", "learning_rate", "desired_kl"):
        if not 0 < getattr(agent, name) < math.inf:
            raise ValueError(f"agent.{name} is {getattr(agent, name):g}; it must be more than 0.")
    for name in ("gamma", "lam"):
        if not 0 <= getattr(agent, name) <= 1:
            raise ValueError(f"agent.{name} is {getattr(agent, name):g}; it must be between 0 and 1.")


def _require_count(field: str, count: float) -> None:
    if not (float(count).is_integer() and count >= 1):
        raise ValueError(f"{field} is {count:g}; it must be a whole number of at least 1.")
