"""How a legged robot steps: swing time, foot clearance and step rate, from contacts alone."""

from __future__ import annotations

import torch

from .scoring.episodes import Tally


class GaitStatistics:
    """Accumulates steps over a rollout; everything is counted only where `counted` is true.

    A swing is an unbroken run of steps without contact, and its apex is the highest the sole was in it.
    Contact that flickers therefore shows up as many short swings: it is not smoothed. `swing_time` (s) and
    `swing_apex` (m) are per swing, `touchdowns` per foot and second.
    """

    def __init__(self, num_envs: int, feet: int, step_dt: float, device: torch.device) -> None:
        self._step_dt = step_dt
        self._air_time = torch.zeros(num_envs, feet, device=device)
        self._apex = torch.zeros_like(self._air_time)
        self._whole = torch.zeros(num_envs, feet, dtype=torch.bool, device=device)
        self.swing_time, self.swing_apex, self.touchdowns = (Tally(num_envs, device) for _ in range(3))

    def update(self, contact: torch.Tensor, height: torch.Tensor, counted: torch.Tensor) -> None:
        """Add one control step: `contact` and sole `height` in m (num_envs, feet), `counted` (num_envs,)."""
        # A swing counts only if it was counted from lift-off on.
        touchdown = contact & (self._air_time > 0) & self._whole & counted[:, None]
        landed = touchdown.sum(-1)
        self.swing_time.add((self._air_time * touchdown).sum(-1), counted, landed)
        self.swing_apex.add((self._apex * touchdown).sum(-1), counted, landed)
        self.touchdowns.add(landed, counted, contact.shape[1] * self._step_dt)
        self._whole = torch.where(contact, counted[:, None], self._whole & counted[:, None])
        self._air_time = torch.where(contact, 0.0, self._air_time + self._step_dt)
        self._apex = torch.where(contact, 0.0, torch.maximum(self._apex, height))
