"""Values that arrive late: a short history per world, read at an age of its own."""

from __future__ import annotations

import torch


class DelayLine:
    """Keeps the last values of every world.

    Args:
        oldest: greatest age that can be read, in pushes.
        value: present values (num_envs, size), which fill the past, too.
    """

    def __init__(self, oldest: int, value: torch.Tensor) -> None:
        self._history = value[None].repeat(oldest + 1, 1, 1)
        self._rows = torch.arange(len(value), device=value.device)

    def push(self, value: torch.Tensor) -> None:
        """Add the newest values (num_envs, size)."""
        # They move by one rather than an index round a ring: a CUDA graph would replay the same index.
        self._history.copy_(torch.cat((value[None], self._history[:-1])))

    def restart(self, mask: torch.Tensor, value: torch.Tensor) -> None:
        """Fill the past of the worlds in `mask` with `value` (num_envs or 1, size)."""
        torch.where(mask[:, None], value, self._history, out=self._history)

    def read(self, age: torch.Tensor) -> torch.Tensor:
        """Values (num_envs, size) from `age` (num_envs,) pushes ago; 0 is the newest."""
        return self._history[age, self._rows]


def steps_of(latency_s: tuple[float, float], dt: float, owner: str) -> tuple[int, int]:
    """The range `latency_s` in whole steps of `dt` s.

    Raises:
        ValueError: the range is negative or the wrong way round; `owner` is the part of the config it is in.
    """
    low, high = latency_s
    if not 0 <= low <= high:
        raise ValueError(
            f"{owner}.latency_s is {low:g} to {high:g} s; give 0 or more, the smaller one first."
        )
    return round(low / dt), round(high / dt)
