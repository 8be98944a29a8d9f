"""The env as Stable-Baselines3 expects one; `pip install stable-baselines3`, which Gaitway does not need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnv, VecEnvIndices

from .numpy_env import to_numpy


class SB3VecEnv(VecEnv):
    """`PPO("MlpPolicy", SB3VecEnv(gymnasium.make_vec(...)))`: all worlds in one process, stepped together.

    Infos carry what Stable-Baselines3 reads: `terminal_observation`, `TimeLimit.truncated`, and `episode`
    with return `r` and length `l` in steps.
    """

    def __init__(self, env: VectorEnv) -> None:
        self.env = env
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)
        self._actions = np.zeros((self.num_envs, *env.single_action_space.shape), np.float32)  # type: ignore[misc]
        self._returns, self._lengths = np.zeros(self.num_envs), np.zeros(self.num_envs, int)

    def reset(self) -> np.ndarray:
        """Observations (num_envs, size); the first seed given to `seed` is that of all worlds."""
        obs, _ = self.env.reset(seed=self._seeds[0])
        self._reset_seeds()
        self._returns[:], self._lengths[:] = 0.0, 0
        return to_numpy(obs)

    def step_async(self, actions: np.ndarray) -> None:
        """Take the actions (num_envs, actions) of the step that `step_wait` does."""
        self._actions = actions

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Observations, rewards, ends and infos of one step of all worlds."""
        obs, reward, terminated, truncated, info = (to_numpy(value) for value in self.env.step(self._actions))
        done = terminated | truncated
        self._returns += reward
        self._lengths += 1
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for world in np.flatnonzero(done):
            infos[world] = {
                "terminal_observation": info["final_obs"][world],
                "TimeLimit.truncated": bool(truncated[world] and not terminated[world]),
                "episode": {"r": float(self._returns[world]), "l": int(self._lengths[world])},
            }
        self._returns[done], self._lengths[done] = 0.0, 0
        return obs, reward, done, infos

    def close(self) -> None:
        """Close the env."""
        self.env.close()

    def get_images(self) -> Sequence[np.ndarray]:
        """A picture of every world; the env needs `render_mode="rgb_array"`."""
        return list(self.env.render() or ())  # type: ignore[arg-type]

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """The env's attribute, once per world: the worlds share one env."""
        return [getattr(self.env, attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Set an attribute of the env, which is that of every world."""
        setattr(self.env, attr_name, value)

    def env_method(
        self, method_name: str, *method_args: Any, indices: VecEnvIndices = None, **method_kwargs: Any
    ) -> list[Any]:
        """Call a method of the env, once for all worlds; the result is repeated."""
        result = getattr(self.env, method_name)(*method_args, **method_kwargs)
        return [result for _ in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: type, indices: VecEnvIndices = None) -> list[bool]:
        """False: there is no wrapper around a single world."""
        return [False for _ in self._get_indices(indices)]
