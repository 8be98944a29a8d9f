"""Scores of tasks in which a robot gets up from a fall."""

from __future__ import annotations

from typing import ClassVar

import torch

from ...envs.vector_env import GaitwayVectorEnv
from .effort import Effort
from .episodes import Episodes, Measure

TILT, HEIGHT = 0.35, 0.85
"""Up is leaning less than `TILT` rad, with the base above this share of its standing height."""


class RecoverScorer:
    """An episode is a success if the robot is up at its end, and has been for the last second."""

    headline: ClassVar[str] = "success_rate"
    needs: ClassVar[tuple[str, ...]] = ("state.default_height",)
    hold_s: ClassVar[float] = 1.0

    def __init__(self, env: GaitwayVectorEnv) -> None:
        self._env = env
        self._elapsed = 0.0
        self._up_since = torch.full((env.num_envs,), torch.inf, device=env.device)
        self._ended_at = torch.zeros(env.num_envs, device=env.device)
        self._effort = Effort(env)

    def before_step(self) -> None:
        """Note the last action."""
        self._effort.before_step()

    def after_step(self, alive: torch.Tensor, counted: torch.Tensor) -> None:
        """Note since when each robot has been up."""
        state = self._env.state
        up = (state.projected_gravity[:, 2] < -torch.cos(torch.tensor(TILT))) & (
            state.root_height > HEIGHT * state.default_height
        )
        self._elapsed += self._env.step_dt
        since = torch.where(up, self._up_since.clamp(max=self._elapsed), torch.inf)
        self._up_since = torch.where(counted, since, self._up_since)
        self._ended_at = torch.where(counted, self._elapsed, self._ended_at)
        self._effort.after_step(counted)

    def episodes(self) -> Episodes:
        """What each world's episode adds to each measure; `recovery_time` is of the successes."""
        up = self._up_since <= self._ended_at - self.hold_s + 1e-6
        return {
            "success_rate": Measure.rate(up),
            "recovery_time": Measure.of_episodes(torch.where(up, self._up_since, torch.nan), "s"),
            **self._effort.episodes(),
        }
