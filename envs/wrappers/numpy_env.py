"""NumPy in and out, for code that knows no torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from gymnasium.vector import VectorEnv, VectorWrapper


class NumpyVectorEnv(VectorWrapper):
    """`NumpyVectorEnv(gymnasium.make_vec(...))`: every tensor that comes out is a NumPy array of its own.

    Gymnasium's other wrappers go around this one. Actions may be arrays or tensors.
    """

    def __init__(self, env: VectorEnv) -> None:
        super().__init__(env)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """See `gymnasium.vector.VectorEnv.reset`; observations float32 (num_envs, size)."""
        obs, info = self.env.reset(seed=seed, options=options)
        return to_numpy(obs), to_numpy(info)

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """See `gymnasium.vector.VectorEnv.step`."""
        obs, reward, terminated, truncated, info = self.env.step(actions)
        return to_numpy(obs), to_numpy(reward), to_numpy(terminated), to_numpy(truncated), to_numpy(info)


def to_numpy(value: Any) -> Any:
    """A copy with arrays in place of tensors, in nested dicts too; other values as they are."""
    if isinstance(value, torch.Tensor):
        return value.detach().to("cpu", copy=True).numpy()
    if isinstance(value, dict):
        return {key: to_numpy(item) for key, item in value.items()}
    return value
