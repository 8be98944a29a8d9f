"""Numbers of a config that no simulation can run by."""

from __future__ import annotations

import math
import re

from .config import EnvCfg


def check_cfg(cfg: EnvCfg) -> None:
    """Refuse a config before anything is built from it.

    Raises:
        ValueError: the sentence names the field and what it must be.
    """
    for field, value in (("sim.timestep", cfg.sim.timestep), ("actions.clip", cfg.actions.clip)):
        if not 0 < value < math.inf:
            raise ValueError(f"{field} is {value:g}; it must be more than 0.")
    counts = {name: getattr(cfg.sim, name) for name in ("decimation", "iterations", "ls_iterations")}
    for name, count in counts.items():
        if count != int(count) or count < 1:
            raise ValueError(f"sim.{name} is {count:g}; it must be a whole number of at least 1.")
    step = cfg.sim.timestep * cfg.sim.decimation
    if not step <= cfg.episode_s < math.inf:
        raise ValueError(f"episode_s is {cfg.episode_s:g}; an episode takes at least one step of {step:g} s.")
    if not any(term.weight for term in cfg.rewards.values()):
        raise ValueError("rewards: no term is left that has a weight; leave one in.")
    for name, term in cfg.rewards.items():
        if not math.isfinite(term.weight):
            raise ValueError(f"rewards.{name}.weight is {term.weight:g}; it must be finite.")
    try:
        re.compile(cfg.actions.joints)
    except re.error as error:
        raise ValueError(
            f"actions.joints '{cfg.actions.joints}' is no regular expression: {error}."
        ) from None
