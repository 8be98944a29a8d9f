"""Scores of tasks in which a robot goes to a place: success, the way it took, collisions and time."""

from __future__ import annotations

from typing import ClassVar

import torch

from ...envs.vector_env import GaitwayVectorEnv
from .effort import Effort
from .episodes import Episodes, Measure


def success_by_path_length(success: torch.Tensor, shortest: torch.Tensor, path: torch.Tensor) -> torch.Tensor:
    """SPL of each episode: success * shortest / max(path, shortest), lengths in m.

    Anderson et al., On Evaluation of Embodied Navigation Agents, 2018, arXiv:1807.06757. A goal that was
    reached at the start, with nothing to go, scores 1.
    """
    taken = torch.maximum(path, shortest)
    return success * torch.where(taken > 0, shortest / taken.clamp(min=1e-9), 1.0)


class GoalScorer:
    """One goal per episode. The env's command has, per world, (num_envs,):

    `reached`, true while the goal is met; `distance`, what is left to it in m; `shortest`, length of the
    shortest free way from the episode's start in m. Episodes may end at the goal by a termination named
    `reached`, and in a failure by one named `collision`: the rate of collisions is scored where there is one.
    """

    headline: ClassVar[str] = "success_rate"
    needs: ClassVar[tuple[str, ...]] = ("command.reached", "command.shortest", "state.root_pos")

    def __init__(self, env: GaitwayVectorEnv) -> None:
        self._env = env
        self._reached = torch.zeros(env.num_envs, dtype=torch.bool, device=env.device)
        self._collided = torch.zeros_like(self._reached)
        self._time = torch.full((env.num_envs,), torch.nan, device=env.device)
        self._shortest = env.command.shortest.clone()
        self._distance = env.command.distance.clone()
        self._path = torch.zeros(env.num_envs, device=env.device)
        self._moved = torch.zeros_like(self._path)
        self._position = env.state.root_pos[:, :2].clone()
        self._elapsed = 0.0
        self._effort = Effort(env, travels=True)

    def before_step(self) -> None:
        """Note the last action."""
        self._effort.before_step()

    def after_step(self, alive: torch.Tensor, counted: torch.Tensor) -> None:
        """Follow each robot until it has reached its goal or its episode has ended."""
        env = self._env
        fired = env.terminations.fired
        under_way = alive & ~self._reached
        position = env.state.root_pos[:, :2]
        moved = (position - self._position).norm(dim=-1)
        self._position = position.clone()
        # A world that ended has been reset: its last step counts as long as the one before.
        self._moved = torch.where(counted, moved, self._moved)
        self._path += torch.where(under_way, self._moved, 0.0)
        self._distance = torch.where(counted & under_way, env.command.distance, self._distance)
        arrived = counted & env.command.reached
        if "reached" in fired:
            arrived |= fired["reached"]
        if "collision" in fired:
            self._collided |= alive & fired["collision"]
        arrived &= under_way
        self._elapsed += env.step_dt
        self._time[arrived] = self._elapsed
        self._reached |= arrived
        self._effort.after_step(counted & under_way, speed=moved / env.step_dt)

    def episodes(self) -> Episodes:
        """What each world's episode adds to each measure; times and ways only of those that arrived."""
        found = {"success_rate": Measure.rate(self._reached)}
        if "collision" in self._env.terminations.fired:
            found["collision_rate"] = Measure.rate(self._collided)
        return found | {
            "spl": Measure.of_episodes(
                success_by_path_length(self._reached.float(), self._shortest, self._path)
            ),
            "time_to_goal": Measure.of_episodes(self._time, "s"),
            "path_length": Measure.of_episodes(torch.where(self._reached, self._path, torch.nan), "m"),
            "final_distance": Measure.of_episodes(self._distance, "m"),
            **self._effort.episodes(),
        }
