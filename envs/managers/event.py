"""What happens to worlds at start-up, at reset and now and then: randomization and pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..config import EventTerm
from ..masks import write
from .term import check_params, evaluate

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


class EventManager:
    """Calls event terms when their time has come; each world has its own timer per interval term."""

    def __init__(self, env: GaitwayVectorEnv, terms: dict[str, EventTerm]) -> None:
        self._env = env
        self.terms = terms
        check_params(env, "events", terms, None)
        self._timers = {
            name: torch.zeros(env.num_envs, device=env.device)
            for name, term in terms.items()
            if term.mode == "interval"
        }

    def startup(self) -> None:
        """Wind up the timers and apply the start-up terms to every world."""
        for name, timer in self._timers.items():
            timer.copy_(self._draw_interval(self.terms[name]))
        self._apply("startup", torch.ones(self._env.num_envs, dtype=torch.bool, device=self._env.device))

    def reset(self, mask: torch.Tensor) -> None:
        """Apply the reset terms to the worlds in `mask` (num_envs,), in the order of the config."""
        self._apply("reset", mask)

    def step(self) -> bool:
        """Apply interval terms to the worlds whose timer ran out; returns whether there may be any."""
        applied = False
        for name, timer in self._timers.items():
            timer -= self._env.step_dt
            due = timer <= 0
            if self._env.some(due):
                term = self.terms[name]
                evaluate(self._env, "events", name, term, due)
                write(timer, due, self._draw_interval(term))
                applied = True
        return applied

    def _apply(self, mode: str, mask: torch.Tensor) -> None:
        for name, term in self.terms.items():
            if term.mode == mode:
                evaluate(self._env, "events", name, term, mask)

    def _draw_interval(self, term: EventTerm) -> torch.Tensor:
        low, high = term.interval_s
        return low + (high - low) * self._env.uniform((self._env.num_envs,))
