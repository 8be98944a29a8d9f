"""What the episodes that ended were like, on average, kept on the device until somebody asks."""

from __future__ import annotations

import torch


class EpisodeLog:
    """Means over the episodes that ended since the log was last taken; one value per name and episode."""

    def __init__(self, names: list[str], device: torch.device) -> None:
        self.names = names
        self._sums = torch.zeros(len(names), device=device)
        self._count = torch.zeros((), device=device)

    def add(self, ended: torch.Tensor, values: torch.Tensor) -> None:
        """Take in the `values` (num_envs, names) of the worlds in the mask `ended` (num_envs,)."""
        self._sums += torch.where(ended[:, None], values, 0.0).sum(dim=0)
        self._count += ended.sum()

    def take(self) -> dict[str, float]:
        """The means, and start anew; empty if no episode ended. Waits for the device."""
        *sums, count = torch.cat((self._sums, self._count[None])).tolist()
        self.clear()
        return {name: total / count for name, total in zip(self.names, sums, strict=True)} if count else {}

    def clear(self) -> None:
        """Forget the episodes that ended."""
        self._sums.zero_()
        self._count.zero_()
