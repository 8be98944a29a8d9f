"""A policy file and the task it is scored on, in whatever variant of the task an evaluation asks for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..envs.config import EnvCfg
from ..envs.registration import load_cfg
from ..envs.vector_env import GaitwayVectorEnv
from .evaluation import over_all_levels, undisturbed
from .load import LoadedPolicy, load_policy


class Candidate:
    """The policy at `path` for the registered `task`, whose config `overrides` change.

    Raises:
        ValueError: there is no such task or policy, or the policy does not fit the task.
    """

    def __init__(self, task: str, path: Path, overrides: Sequence[str] = ()) -> None:
        self.task, self.path, self.overrides = task, path, tuple(overrides)
        self._loaded: dict[int, LoadedPolicy] = {}
        self.samples = self.policy(1).samples

    def cfg(self) -> EnvCfg:
        """A fresh config of the task, without pushes."""
        return undisturbed(self.disturbed_cfg())

    def disturbed_cfg(self) -> EnvCfg:
        """A fresh config of the task with the pushes of its training, on all levels of its terrain."""
        return over_all_levels(load_cfg(self.task, self.overrides))

    def policy(self, num_envs: int) -> LoadedPolicy:
        """The policy for envs of `num_envs` worlds.

        It is checked against the task itself, so that it also acts in variants of it, such as
        one of another physics step, which a bundle would refuse to be loaded for.
        """
        if num_envs not in self._loaded:
            self._loaded[num_envs] = load_policy(self.path, GaitwayVectorEnv(self.cfg(), num_envs))
        return self._loaded[num_envs]
