"""Writing to some of the worlds without asking which they are."""

from __future__ import annotations

import torch


def write(target: torch.Tensor, mask: torch.Tensor, value: torch.Tensor | float) -> None:
    """Set `target` (num_envs, ...) to `value` in the worlds of `mask` (num_envs,), in place.

    `value` broadcasts against `target`. Indexing by a mask says the same, but makes the host wait until a GPU
    has counted the worlds in it.
    """
    where = mask.reshape(-1, *[1] * (target.ndim - 1))
    if isinstance(value, torch.Tensor):
        torch.where(where, value.to(target.dtype), target, out=target)
    else:
        target.masked_fill_(where, value)
