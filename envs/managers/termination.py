"""When an episode ends, and whether that is a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..config import TerminationTerm

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


class TerminationManager:
    """Computes the masks `terminated` (failure) and `truncated` (time-out), both (num_envs,)."""

    def __init__(self, env: GaitwayVectorEnv, terms: dict[str, TerminationTerm]) -> None:
        self._env = env
        self.terms = terms

    def compute(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Masks of the worlds whose episode ends at this step."""
        env = self._env
        masks = [torch.zeros(env.num_envs, dtype=torch.bool, device=env.device) for _ in range(2)]
        for term in self.terms.values():
            masks[term.time_out] |= term.func(env, **term.params)
        terminated, truncated = masks
        return terminated, truncated & ~terminated
