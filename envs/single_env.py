"""One world behind Gymnasium's single-env API, NumPy in and out."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import torch

from .vector_env import GaitwayVectorEnv


class GaitwayEnv(gymnasium.Env[np.ndarray, np.ndarray]):
    """The first world of a `GaitwayVectorEnv`; after an episode's end the caller resets."""

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(self, vector_env: GaitwayVectorEnv) -> None:
        self.vector_env = vector_env
        self.observation_space = vector_env.single_observation_space
        self.action_space = vector_env.single_action_space
        self.metadata = {"render_modes": [], "render_fps": vector_env.metadata["render_fps"]}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start a new episode; with `seed`, it repeats."""
        super().reset(seed=seed)
        obs, _ = self.vector_env.reset(seed=seed)
        return obs[0].cpu().numpy().copy(), {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Advance by one control period; `action` is (joints,)."""
        obs, reward, terminated, truncated, info = self.vector_env.step(torch.as_tensor(action)[None])
        if "final_obs" in info:
            obs = info["final_obs"]
        return obs[0].cpu().numpy().copy(), float(reward[0]), bool(terminated[0]), bool(truncated[0]), {}
