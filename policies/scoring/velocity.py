"""Scores of tasks that follow a commanded velocity: errors, gait, posture and effort."""

from __future__ import annotations

import re
from typing import ClassVar

import torch

from ...envs.vector_env import GaitwayVectorEnv
from ..gait import GaitStatistics
from .effort import Effort
from .episodes import Episodes, Measure, Tally

_ARM_JOINT = re.compile("shoulder|elbow|wrist")
# A commanded speed below which a robot turns rather than travels, m/s.
_TRAVELLING = 0.1


class VelocityScorer:
    """Means over the steps of each world's first episode.

    Errors are norms of instantaneous differences: m/s in the heading frame's plane, rad/s for yaw. Gait,
    posture and power count only while the command asks to move, cost of transport only while it asks for a
    planar velocity, `standing_*` only while it asks to stand. Feet and arms are scored where there are any.
    """

    headline: ClassVar[str] = "survival_rate"
    needs: ClassVar[tuple[str, ...]] = ("command.moving", "state.root_lin_vel_h")

    def __init__(self, env: GaitwayVectorEnv) -> None:
        self._env = env
        self._command, self._moving = env.command.value.clone(), env.command.moving.clone()
        self._lin_vel, self._yaw_rate, self._standing_speed, self._tilt, self._arm_speed = (
            Tally(env.num_envs, env.device) for _ in range(5)
        )
        arms = [i for i, name in enumerate(env.state.joint_names) if _ARM_JOINT.search(name)]
        self._arms = torch.tensor(arms, dtype=torch.long, device=env.device)
        self._walking, self._standing = (
            GaitStatistics(env.num_envs, len(env.state.feet), env.step_dt, env.device) for _ in range(2)
        )
        self._survived = torch.ones(env.num_envs, dtype=torch.bool, device=env.device)
        self._effort = Effort(env, travels=True)

    def before_step(self) -> None:
        """Note the command: the env may draw another at the end of its step."""
        self._command.copy_(self._env.command.value)
        self._moving.copy_(self._env.command.moving)
        self._effort.before_step()

    def after_step(self, alive: torch.Tensor, counted: torch.Tensor) -> None:
        """Take in the state of the worlds whose first episode goes on."""
        state, command, moving = self._env.state, self._command, self._moving
        self._survived &= ~(alive & self._env.terminated)
        velocity = state.root_lin_vel_h[:, :2]
        speed = velocity.norm(dim=-1)
        self._lin_vel.add((command[:, :2] - velocity).norm(dim=-1), counted)
        self._yaw_rate.add((command[:, 2] - state.yaw_rate).abs(), counted)
        self._standing_speed.add(speed, counted & ~moving)
        self._tilt.add(torch.acos((-state.projected_gravity[:, 2]).clamp(-1.0, 1.0)), counted & moving)
        if len(self._arms):
            self._arm_speed.add(state.joint_vel[:, self._arms].abs().mean(-1), counted & moving)
        if state.feet:
            heights = state.feet_height
            self._walking.update(state.feet_contact, heights, counted & moving)
            self._standing.update(state.feet_contact, heights, counted & ~moving)
        travelling = command[:, :2].norm(dim=-1) > _TRAVELLING
        self._effort.after_step(counted, moving, travelling, speed)

    def episodes(self) -> Episodes:
        """What each world's episode adds to each measure."""
        found = {
            "survival_rate": Measure.rate(self._survived),
            "lin_vel_error": self._lin_vel.measure("m/s"),
            "yaw_rate_error": self._yaw_rate.measure("rad/s"),
            "standing_speed": self._standing_speed.measure("m/s"),
            "tilt_mean": self._tilt.measure("rad"),
        }
        if len(self._arms):
            found["arm_speed_mean"] = self._arm_speed.measure("rad/s")
        if self._env.state.feet:
            found |= {
                "swing_time_mean": self._walking.swing_time.measure("s"),
                "swing_apex_mean": self._walking.swing_apex.measure("m"),
                "touchdowns_per_s": self._walking.touchdowns.measure("per foot and s"),
                "standing_touchdowns_per_s": self._standing.touchdowns.measure("per foot and s"),
            }
        return found | self._effort.episodes()
