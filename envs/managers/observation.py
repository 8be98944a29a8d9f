"""Observation groups: the terms of a group side by side in one tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..config import ObservationTerm
from .term import check_params, evaluate

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


class ObservationManager:
    """Concatenates and scales the terms of one group."""

    def __init__(
        self, env: GaitwayVectorEnv, terms: dict[str, ObservationTerm], group: str = "actor"
    ) -> None:
        self._env = env
        self._group = group
        self.terms = terms
        check_params(env, group, terms)
        self.sizes = {term: value.shape[-1] for term, value in zip(terms, self._values(), strict=True)}
        self.size = sum(self.sizes.values())
        per_column = [term.scale for name, term in terms.items() for _ in range(self.sizes[name])]
        self._scale = torch.tensor(per_column, device=env.device)

    def compute(self) -> torch.Tensor:
        """The group's observation, (num_envs, size)."""
        return torch.cat(self._values(), dim=-1) * self._scale

    def _values(self) -> list[torch.Tensor]:
        return [evaluate(self._env, self._group, name, term) for name, term in self.terms.items()]
