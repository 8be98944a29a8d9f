"""Air time of each foot: how long it has been off the floor, and how long the swing was that just ended."""

from __future__ import annotations

import torch

from .masks import write


class FootSteps:
    """Tracks contacts once per env step; all tensors are (num_envs, feet).

    `air_time` (s) counts up while a foot is in the air, `stance_time` (s) while it touches. `touchdown` is
    true at the step a foot lands, and `last_swing` (s) is then the time it was in the air.
    """

    def __init__(self, num_envs: int, feet: int, step_dt: float, device: torch.device) -> None:
        self._step_dt = step_dt
        self.air_time = torch.zeros(num_envs, feet, device=device)
        self.stance_time = torch.zeros_like(self.air_time)
        self.last_swing = torch.zeros_like(self.air_time)
        self.touchdown = torch.zeros(num_envs, feet, dtype=torch.bool, device=device)

    def update(self, contact: torch.Tensor) -> None:
        """Take in the contacts of a new step."""
        self.touchdown[:] = contact & (self.air_time > 0)
        self.last_swing[:] = torch.where(self.touchdown, self.air_time, self.last_swing)
        self.air_time.add_(self._step_dt).mul_(~contact)
        self.stance_time.add_(self._step_dt).mul_(contact)

    def reset(self, mask: torch.Tensor) -> None:
        """Forget the past of the worlds in `mask` (num_envs,)."""
        write(self.air_time, mask, 0.0)
        write(self.stance_time, mask, 0.0)
        write(self.touchdown, mask, False)
