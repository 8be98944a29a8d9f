"""One world behind Gymnasium's single-env API, NumPy in and out."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import torch

from .vector_env import GaitwayVectorEnv


class GaitwayEnv(gymnasium.Env[np.ndarray, np.ndarray]):
    """The first world of a `GaitwayVectorEnv`; after an episode's end the caller resets."""

    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012

    def __init__(self, vector_env: GaitwayVectorEnv) -> None:
        self.vector_env = vector_env
        self.observation_space = vector_env.single_observation_space
        self.action_space = vector_env.single_action_space
        self.render_mode = vector_env.render_mode
        self.metadata = {**self.metadata, "render_fps": vector_env.metadata["render_fps"]}

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

    def render(self) -> np.ndarray | None:
        """A picture of the world, uint8 (240, 320, 3); None without `render_mode`."""
        pictures = self.vector_env.render()
        return None if pictures is None else pictures[0]
