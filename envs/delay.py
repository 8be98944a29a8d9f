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
        self._newest = 0

    def push(self, value: torch.Tensor) -> None:
        """Add the newest values (num_envs, size)."""
        self._newest = (self._newest + 1) % len(self._history)
        self._history[self._newest] = value

    def restart(self, ids: torch.Tensor, value: torch.Tensor) -> None:
        """Fill the past of worlds `ids` (k,) with `value` (k, size)."""
        self._history[:, ids] = value

    def read(self, age: torch.Tensor) -> torch.Tensor:
        """Values (num_envs, size) from `age` (num_envs,) pushes ago; 0 is the newest."""
        return self._history[(self._newest - age) % len(self._history), self._rows]


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
