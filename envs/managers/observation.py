"""Observation groups: the terms of a group side by side in one tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..config import ObservationTerm

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


class ObservationManager:
    """Concatenates and scales the terms of one group."""

    def __init__(self, env: GaitwayVectorEnv, terms: dict[str, ObservationTerm]) -> None:
        self._env = env
        self.terms = terms
        self.sizes = {name: term.func(env, **term.params).shape[-1] for name, term in terms.items()}
        self.size = sum(self.sizes.values())
        per_column = [term.scale for name, term in terms.items() for _ in range(self.sizes[name])]
        self._scale = torch.tensor(per_column, device=env.device)

    def compute(self) -> torch.Tensor:
        """The group's observation, (num_envs, size)."""
        env = self._env
        values = torch.cat([term.func(env, **term.params) for term in self.terms.values()], dim=-1)
        return values * self._scale
