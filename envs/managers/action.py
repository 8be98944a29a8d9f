"""Actuator targets from policy actions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from ..config import ActionCfg
from ..delay import DelayLine, steps_of
from ..masks import write

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv

_EFFORT_SHARE = 0.25


class ActionManager:
    """Clips actions, remembers the last two, and turns them into actuator targets, which may arrive late.

    `scale` is (actions,): what an action of 1 adds to each driven joint's target. `offset`
    (num_envs, actions) is added on top, an error of the robot. `delay` (num_envs,) is in physics steps.

    Raises:
        ValueError: `scale` of the config fits no joint, or asks for a limit that an actuator does not have;
            or a latency is negative.
    """

    def __init__(self, env: GaitwayVectorEnv) -> None:
        self._env = env
        self.cfg = env.cfg.actions
        self.size = len(env.state.joint_names)
        self.scale = _scale_of(env, self.cfg)
        self._farthest = _steps_of(env, self.cfg) if self.cfg.rate else None
        self._target = env.state.default_ctrl.repeat(env.num_envs, 1)
        self._driven = torch.tensor(env.state.actuators, device=env.device)
        self._default = env.state.default_ctrl[self._driven]
        shape = (env.num_envs, self.size)
        self.last, self.previous, self.before_previous, self.offset = (
            torch.zeros(shape, device=env.device) for _ in range(4)
        )
        self.delay = torch.zeros(env.num_envs, dtype=torch.long, device=env.device)
        self._late: DelayLine | None = None
        if env.cfg.actions.latency_s != (0.0, 0.0):
            oldest = steps_of(self.cfg.latency_s, env.cfg.sim.timestep, "actions")[1]
            self._late = DelayLine(1 + oldest // env.cfg.sim.decimation, self._target)

    def apply(self, actions: torch.Tensor) -> None:
        """Clip `actions` (num_envs, joints) to +-`clip`, NaN counting as 0: they are the newest targets."""
        clip = self.cfg.clip
        self.before_previous.copy_(self.previous)
        self.previous.copy_(self.last)
        self.last.copy_(torch.nan_to_num(actions, nan=0.0).clamp(-clip, clip))
        base = self._env.measurements.joint_pos if self.cfg.relative else self._default
        target = base + self.scale * self.last + self.offset
        if self._farthest is not None:
            before = self._target[:, self._driven]
            target = before + (target - before).clamp(-self._farthest, self._farthest)
        self._target[:, self._driven] = target
        if self._late is not None:
            self._late.push(self._target)

    def advance(self) -> torch.Tensor:
        """Step the physics for one control period; returns the mask of worlds that diverged."""
        world, decimation = self._env.world, self._env.cfg.sim.decimation
        if self._late is None:
            world.set_ctrl(self._target)
            return world.step(decimation)
        diverged = torch.zeros(self._env.num_envs, dtype=torch.bool, device=self._env.device)
        for substep in range(decimation):
            # Targets of this period take effect `delay` physics steps after its begin.
            age = torch.div(decimation - 1 + self.delay - substep, decimation, rounding_mode="floor")
            world.set_ctrl(self._late.read(age))
            diverged |= world.step(1)
        return diverged

    def reset(self, mask: torch.Tensor) -> None:
        """Forget the past of the worlds in `mask` and draw their delay."""
        env = self._env
        for buffer in (self.last, self.previous, self.before_previous):
            write(buffer, mask, 0.0)
        write(self._target, mask, env.state.default_ctrl)
        if self._late is not None:
            self._late.restart(mask, env.state.default_ctrl)
            low, high = steps_of(self.cfg.latency_s, env.cfg.sim.timestep, "actions")
            drawn = low + (high - low + 1) * env.uniform((env.num_envs,))
            write(self.delay, mask, drawn.long().clamp(max=high))


def _scale_of(env: GaitwayVectorEnv, cfg: ActionCfg) -> torch.Tensor:
    names = env.state.joint_names
    if cfg.scale == "effort":
        return _scale_by_effort(env)
    if isinstance(cfg.scale, dict):
        return torch.tensor([_matching(name, cfg.scale) for name in names], device=env.device)
    if isinstance(cfg.scale, str):
        raise ValueError(f"actions.scale is '{cfg.scale}'; it is a number, a table of numbers, or 'effort'.")
    return torch.full((len(names),), float(cfg.scale), device=env.device)


def rates_of(joint_names: Sequence[str], cfg: ActionCfg) -> list[float | None]:
    """How fast the target of each joint may move, in its unit per s; None where nothing limits it."""
    return [
        next((rate for pattern, rate in cfg.rate.items() if re.fullmatch(pattern, name)), None)
        for name in joint_names
    ]


def _steps_of(env: GaitwayVectorEnv, cfg: ActionCfg) -> torch.Tensor:
    """How far the target of each driven joint may move in an env step."""
    rates = [torch.inf if rate is None else rate for rate in rates_of(env.state.joint_names, cfg)]
    return env.step_dt * torch.tensor(rates, device=env.device)


def _scale_by_effort(env: GaitwayVectorEnv) -> torch.Tensor:
    scales = []
    for name, actuator in zip(env.state.joint_names, env.state.actuators, strict=True):
        stiffness, effort = (
            env.model.actuator_gainprm[actuator, 0],
            env.model.actuator_forcerange[actuator, 1],
        )
        if not (stiffness > 0 and effort > 0):
            raise ValueError(
                f"actions.scale is 'effort', but joint '{name}' has stiffness {stiffness:g} and effort limit "
                f"{effort:g}; give its drive both, or actions.scale a number."
            )
        scales.append(_EFFORT_SHARE * effort / stiffness)
    return torch.tensor(scales, dtype=torch.float32, device=env.device)


def _matching(name: str, scales: dict[str, float]) -> float:
    for pattern, scale in scales.items():
        if re.fullmatch(pattern, name):
            return scale
    raise ValueError(f"actions.scale has no entry for joint '{name}'; it has {', '.join(scales)}.")
