"""How hard the next episode of a world is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..config import CurriculumTerm
from .term import check_params, evaluate

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


class CurriculumManager:
    """Calls curriculum terms for the worlds whose episode has ended, while the env still shows its end.

    `reports` holds what each term last returned, for the log.
    """

    def __init__(self, env: GaitwayVectorEnv, terms: dict[str, CurriculumTerm]) -> None:
        self._env = env
        self.terms = terms
        self.reports: dict[str, torch.Tensor] = {}
        check_params(env, "curricula", terms, None)

    def update(self, mask: torch.Tensor) -> None:
        """Adapt the worlds in `mask` (num_envs,)."""
        for name, term in self.terms.items():
            self.reports[name] = evaluate(self._env, "curricula", name, term, mask)
