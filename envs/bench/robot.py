"""A robot's physics alone, under targets that make it move: what executors are compared on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

import numpy as np
import torch

from ..config import EnvCfg
from ..world import World

_CONTROLS = 64  # different ones; then they repeat
_TARGET_NOISE = 0.1  # rad, about the targets of the keyframe
# It stands at first and falls over under such targets; then every world starts anew.
_STEPS_PER_FALL = 25


def robot_steps(world: World, cfg: EnvCfg) -> Callable[[], int]:
    """A function that steps every world by one env step and returns how many env steps that was.

    Controls are the same for the same number of worlds, on any executor.
    """
    model, count = world.model, world.num_worlds
    key = model.key(cfg.keyframe)
    everywhere = torch.ones(count, dtype=torch.bool, device=world.device)
    qpos = torch.as_tensor(key.qpos, device=world.device).repeat(count, 1)
    qvel = torch.zeros(count, model.nv, dtype=torch.float64, device=world.device)
    noise = np.random.default_rng(0).uniform(-_TARGET_NOISE, _TARGET_NOISE, (_CONTROLS, count, model.nu))
    targets = cycle(torch.as_tensor(key.ctrl + noise, dtype=torch.float32, device=world.device))
    calls = 0

    def step() -> int:
        nonlocal calls
        if calls % _STEPS_PER_FALL == 0:
            world.reset(everywhere, qpos, qvel)
        calls += 1
        world.set_ctrl(next(targets))
        world.step(cfg.sim.decimation)
        return count

    return step
