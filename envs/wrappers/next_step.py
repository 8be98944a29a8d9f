"""Autoreset one step later, for wrappers of Gymnasium that know no other, such as `NormalizeObservation`."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorWrapper

from .numpy_env import NumpyVectorEnv


class NextStepAutoreset(VectorWrapper):
    """An episode's last step returns its last observation; the world's next step only begins the new episode.

    That step's reward is 0 and a learner leaves it out, as Gymnasium defines `NEXT_STEP`. Inside, the new
    episode has begun already: its first observation is seen one control period late.
    """

    def __init__(self, env: NumpyVectorEnv) -> None:
        super().__init__(env)
        self.metadata = {**env.metadata, "autoreset_mode": AutoresetMode.NEXT_STEP}
        self._begins = np.zeros(self.num_envs, bool)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """See `gymnasium.vector.VectorEnv.reset`."""
        self._begins[:] = False
        return self.env.reset(seed=seed, options=options)

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """See `gymnasium.vector.VectorEnv.step`."""
        obs, reward, terminated, truncated, info = self.env.step(actions)
        for ends in (terminated, truncated):
            ends[self._begins] = False
        reward[self._begins] = 0.0
        self._begins = terminated | truncated
        if "final_obs" in info:
            obs[self._begins] = info.pop("final_obs")[self._begins]
            del info["_final_obs"], info["final_groups"]
        return obs, reward, terminated, truncated, info
