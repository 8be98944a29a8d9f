"""When an episode ends, and whether that is a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..config import TerminationTerm
from .term import check_params, evaluate

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


class TerminationManager:
    """Computes the masks `terminated` (failure) and `truncated` (time-out), both (num_envs,).

    `fired` holds the mask of each term at the last step.
    """

    def __init__(self, env: GaitwayVectorEnv, terms: dict[str, TerminationTerm]) -> None:
        self._env = env
        self.terms = terms
        check_params(env, "terminations", terms)
        never = torch.zeros(env.num_envs, dtype=torch.bool, device=env.device)
        self.fired = dict.fromkeys(terms, never)

    def compute(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Masks of the worlds whose episode ends at this step."""
        env = self._env
        masks = [torch.zeros(env.num_envs, dtype=torch.bool, device=env.device) for _ in range(2)]
        for name, term in self.terms.items():
            self.fired[name] = evaluate(env, "terminations", name, term)
            masks[term.time_out] |= self.fired[name]
        terminated, truncated = masks
        return terminated, truncated & ~terminated
