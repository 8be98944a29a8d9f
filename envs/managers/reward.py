"""The reward: a weighted sum of terms, integrated over the step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..config import RewardTerm
from ..masks import write
from .term import check_params, evaluate

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


class RewardManager:
    """Computes the reward and keeps each term's sum over the episode for the log.

    `last` (num_envs, terms) is what each term brought in the last step.
    """

    def __init__(self, env: GaitwayVectorEnv, terms: dict[str, RewardTerm]) -> None:
        self._env = env
        self.terms = {name: term for name, term in terms.items() if term.weight != 0}
        check_params(env, "rewards", self.terms)
        self._weights = torch.tensor([term.weight for term in self.terms.values()], device=env.device)
        self.episode_sums = torch.zeros(env.num_envs, len(self.terms), device=env.device)
        self.last = torch.zeros_like(self.episode_sums)

    def compute(self) -> torch.Tensor:
        """Reward of this step, (num_envs,)."""
        env = self._env
        values = [evaluate(env, "rewards", name, term) for name, term in self.terms.items()]
        self.last = torch.stack(values, dim=-1).float() * (self._weights * env.step_dt)
        self.episode_sums += self.last
        return self.last.sum(dim=-1)

    def reset(self, mask: torch.Tensor) -> None:
        """Start the sums of the worlds in `mask` (num_envs,) anew."""
        write(self.episode_sums, mask, 0.0)
