"""Scores a policy over whole episodes of its task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from ..envs.config import EnvCfg
from ..envs.vector_env import GaitwayVectorEnv
from .gait import GaitStatistics

Policy = Callable[[GaitwayVectorEnv], torch.Tensor]
"""Maps an env that has just been observed to actions (num_envs, joints)."""


@dataclass
class Score:
    """Means over the steps of all episodes until each ends.

    Errors are norms of instantaneous differences: m/s in the heading frame's plane, rad/s for yaw.
    Gait figures count only while the command asks to move; `standing_speed` (m/s) only while it does not.
    `action_rate_mean` is the mean |a_t - a_(t-1)| per joint.
    """

    survival_rate: float
    lin_vel_error: float
    yaw_rate_error: float
    return_mean: float
    swing_time_mean: float
    swing_apex_mean: float
    touchdowns_per_s: float
    action_rate_mean: float
    standing_speed: float
    standing_touchdowns_per_s: float


def undisturbed(cfg: EnvCfg) -> EnvCfg:
    """The task without pushes: what is scored is how well commands are followed."""
    cfg.events = {name: term for name, term in cfg.events.items() if term.mode != "interval"}
    return cfg


class _Mean:
    """Mean of a per-world quantity over the steps at which a mask holds."""

    def __init__(self) -> None:
        self._sum, self._count = 0.0, 0

    def add(self, values: torch.Tensor, mask: torch.Tensor) -> None:
        self._sum += float(values[mask].sum())
        self._count += int(mask.sum())

    @property
    def value(self) -> float:
        return self._sum / max(self._count, 1)


@torch.inference_mode()
def evaluate(env: GaitwayVectorEnv, policy: Policy, seed: int) -> Score:
    """Run one episode in every world of `env` and score it; sensor noise follows `env.noise`."""
    env.reset(seed=seed)
    alive = torch.ones(env.num_envs, dtype=torch.bool)
    failed = torch.zeros(env.num_envs, dtype=torch.bool)
    returns = torch.zeros(env.num_envs)
    lin_vel, yaw_rate, action_rate, standing_speed = _Mean(), _Mean(), _Mean(), _Mean()
    walking, standing = (GaitStatistics(env.num_envs, len(env.state.feet), env.step_dt) for _ in range(2))
    for _ in range(env.max_episode_length):
        command, moving = env.command.value.clone(), env.command.moving.clone()
        previous = env.actions.last.clone()
        actions = policy(env)
        # Read the state of this very step: the env resets worlds at the end of `step`.
        _, reward, terminated, truncated, _ = env.step(actions)
        state = env.state
        ended = terminated | truncated
        counted = alive & ~ended
        velocity = state.root_lin_vel_h[:, :2]
        lin_vel.add((command[:, :2] - velocity).norm(dim=-1), counted)
        yaw_rate.add((command[:, 2] - state.yaw_rate).abs(), counted)
        action_rate.add((env.actions.last - previous).abs().mean(-1), counted)
        standing_speed.add(velocity.norm(dim=-1), counted & ~moving)
        walking.update(state.feet_contact, state.feet_pos[..., 2], counted & moving)
        standing.update(state.feet_contact, state.feet_pos[..., 2], counted & ~moving)
        returns += reward * alive
        failed |= terminated & alive
        alive &= ~ended
    return Score(
        survival_rate=1.0 - float(failed.float().mean()),
        lin_vel_error=lin_vel.value,
        yaw_rate_error=yaw_rate.value,
        return_mean=float(returns.mean()),
        swing_time_mean=walking.swing_time_mean,
        swing_apex_mean=walking.swing_apex_mean,
        touchdowns_per_s=walking.touchdowns_per_s,
        action_rate_mean=action_rate.value,
        standing_speed=standing_speed.value,
        standing_touchdowns_per_s=standing.touchdowns_per_s,
    )
