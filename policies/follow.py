"""A policy that may be replaced by a newer one while it acts: that of a training that goes on."""

from __future__ import annotations

from pathlib import Path

import torch

from ..deploy_jetson.contract import CONTRACT_FILE, Contract
from ..envs.vector_env import GaitwayVectorEnv
from .checkpoint import Checkpoint, CheckpointError
from .export import as_policy
from .load import load_policy
from .run_dir import last_checkpoint


def task_of(path: Path) -> tuple[str, tuple[str, ...]]:
    """The task that the policy at `path` is for, and what its training changed of the task's config.

    A bundle does not say the latter.

    Raises:
        CheckpointError: the run or checkpoint is unreadable.
        BundleError: the bundle is damaged.
    """
    if (path / CONTRACT_FILE).is_file():
        return Contract.load(path / CONTRACT_FILE).task, ()
    checkpoint = Checkpoint.load(last_checkpoint(path))
    return checkpoint.task, tuple(checkpoint.overrides)


class FollowedPolicy:
    """The newest policy at `path`: a run folder, a checkpoint or a bundle. Call it to act.

    `samples` is how many env steps trained it; `may_change` is true of a run folder.

    Raises:
        CheckpointError: the run or checkpoint is unreadable, or of another task or size.
        BundleError: the bundle is damaged or was made for another task.
    """

    def __init__(self, path: Path, env: GaitwayVectorEnv) -> None:
        self._path, self._env = path, env
        loaded = load_policy(path, env)
        self._act, self.samples = loaded.act, loaded.samples
        self._file = None if loaded.is_bundle else last_checkpoint(path)
        self.may_change = path.is_dir() and not loaded.is_bundle
        self._trouble = ""

    def __call__(self, env: GaitwayVectorEnv) -> torch.Tensor:
        """Actions (num_envs, joints) for an env that has just been observed."""
        return self._act(env)

    def refresh(self) -> str:
        """Take a newer checkpoint if there is one; says which policy acts. The old one stays if it is bad."""
        if self.may_change:
            try:
                newest = last_checkpoint(self._path)
                if newest != self._file:
                    self._take(newest)
            except CheckpointError as error:
                self._trouble = f"; {error}"
        name = self._path.name if self._file is None else self._file.name
        return f"{name}, {self.samples / 1e6:.2f} M samples{self._trouble}"

    def _take(self, file: Path) -> None:
        checkpoint = Checkpoint.load(file)
        _, algorithm = checkpoint.restore(file, self._env)
        algorithm.eval_mode()
        self._act, self.samples = as_policy(algorithm.get_policy()), checkpoint.samples  # type: ignore[arg-type]
        self._file, self._trouble = file, ""
