"""How a legged robot steps: swing time, foot clearance and step rate, from contacts alone."""

from __future__ import annotations

import torch


class GaitStatistics:
    """Accumulates steps over a rollout; everything is counted only where `counted` is true.

    A swing is an unbroken run of steps without contact, and its apex is the highest the sole was in it.
    Contact that flickers therefore shows up as many short swings: it is not smoothed.
    """

    def __init__(self, num_envs: int, feet: int, step_dt: float) -> None:
        self._step_dt = step_dt
        self._air_time = torch.zeros(num_envs, feet)
        self._apex = torch.zeros(num_envs, feet)
        self._whole = torch.zeros(num_envs, feet, dtype=torch.bool)
        self._swing_time_sum = self._apex_sum = 0.0
        self._touchdowns = 0
        self._foot_seconds = 0.0

    def update(self, contact: torch.Tensor, height: torch.Tensor, counted: torch.Tensor) -> None:
        """Add one control step: `contact` and sole `height` in m (num_envs, feet), `counted` (num_envs,)."""
        # A swing counts only if it was counted from lift-off on.
        touchdown = contact & (self._air_time > 0) & self._whole & counted[:, None]
        self._swing_time_sum += float(self._air_time[touchdown].sum())
        self._apex_sum += float(self._apex[touchdown].sum())
        self._touchdowns += int(touchdown.sum())
        self._foot_seconds += float(counted.sum()) * contact.shape[1] * self._step_dt
        self._whole = torch.where(contact, counted[:, None], self._whole & counted[:, None])
        self._air_time = torch.where(contact, 0.0, self._air_time + self._step_dt)
        self._apex = torch.where(contact, 0.0, torch.maximum(self._apex, height))

    @property
    def swing_time_mean(self) -> float:
        """Mean duration of a swing in s; 0 if no foot ever left the floor."""
        return self._swing_time_sum / max(self._touchdowns, 1)

    @property
    def swing_apex_mean(self) -> float:
        """Mean apex of a swing in m; 0 if no foot ever left the floor."""
        return self._apex_sum / max(self._touchdowns, 1)

    @property
    def touchdowns_per_s(self) -> float:
        """Touchdowns per foot and second."""
        return self._touchdowns / max(self._foot_seconds, 1e-9)
