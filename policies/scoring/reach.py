"""Scores of tasks in which an arm brings its tool, or an object, to one target after another."""

from __future__ import annotations

from typing import ClassVar

import torch

from ...envs.vector_env import GaitwayVectorEnv
from .effort import Effort
from .episodes import Episodes, Measure, Tally

TOOL_WITHIN, OBJECT_WITHIN = 0.01, 0.03
"""m; nearer than this, the tool or the object has reached its target."""
_OBJECT = "object_position"


class ReachScorer:
    """Every target of an episode counts once, by what is left to it when its time or the episode is over.

    The env's command has the target's `position` (num_envs, 3). What has to come there is the object, if
    the critic sees an `object_position`, else the tool.
    """

    headline: ClassVar[str] = "success_rate"
    needs: ClassVar[tuple[str, ...]] = ("command.position",)

    def __init__(self, env: GaitwayVectorEnv) -> None:
        self._env = env
        self._object = env.cfg.critic.get(_OBJECT)
        self._within = OBJECT_WITHIN if self._object is not None else TOOL_WITHIN
        self._target = env.command.position.clone()
        self._distance = torch.full((env.num_envs,), torch.nan, device=env.device)
        self._held = torch.zeros(env.num_envs, device=env.device)
        self._arrival = torch.full_like(self._distance, torch.nan)
        self._hits, self._final, self._times = (Tally(env.num_envs, env.device) for _ in range(3))
        self._effort = Effort(env)

    def before_step(self) -> None:
        """Note the target: the env may draw another at the end of its step."""
        target = self._env.command.position
        self._close((target != self._target).any(-1))
        self._target = target.clone()
        self._effort.before_step()

    def after_step(self, alive: torch.Tensor, counted: torch.Tensor) -> None:
        """Take in the distance; a world whose episode has ended is judged by its last step before that."""
        distance = (self._position() - self._target).norm(dim=-1)
        self._held += torch.where(counted, self._env.step_dt, 0.0)
        first = counted & (distance <= self._within) & self._arrival.isnan()
        self._arrival = torch.where(first, self._held, self._arrival)
        self._distance = torch.where(counted, distance, self._distance)
        self._close(alive & ~counted)
        self._effort.after_step(counted)

    def _position(self) -> torch.Tensor:
        if self._object is not None:
            return self._object.func(self._env, **self._object.params)
        return self._env.state.sensor("tool_pos")

    def _close(self, over: torch.Tensor) -> None:
        """Count the targets of the worlds `over` (num_envs,) and forget them."""
        over = over & self._distance.isfinite()
        self._hits.add((self._distance <= self._within).double(), over)
        self._final.add(self._distance, over)
        self._times.add(self._arrival.nan_to_num(0.0), over & self._arrival.isfinite())
        self._distance[over], self._arrival[over] = torch.nan, torch.nan
        self._held[over] = 0.0

    def episodes(self) -> Episodes:
        """What each world's episode adds to each measure; `time_to_target` is of the first arrival."""
        hits = self._hits.measure()
        return {
            "success_rate": Measure(hits.sums, hits.counts, is_rate=True),
            "final_distance": self._final.measure("m"),
            "time_to_target": self._times.measure("s"),
            **self._effort.episodes(),
        }
