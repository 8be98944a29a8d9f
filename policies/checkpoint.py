"""Training checkpoints: written atomically, loaded without executing anything from the file."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from ..assets.whole_file import whole_file
from ..envs.agent import PPOCfg
from ..envs.config import EnvCfg
from ..envs.vector_env import GaitwayVectorEnv
from .learner import Learner
from .ppo import make_ppo
from .task_settings import first_change, task_settings


class CheckpointError(ValueError):
    """A checkpoint is unreadable or does not fit; the message names the file and what to do."""


@dataclass
class Checkpoint:
    """State of a training run: `algorithm` holds the learner's state dicts, the rest says what it is of.

    `command` is the command line that trained it, `overrides` what it changed of the task's config, and
    `config` that config as plain values.
    """

    task: str
    observation_sizes: dict[str, int]
    action_size: int
    ppo: dict[str, Any]
    algorithm: dict[str, Any]
    iteration: int
    samples: int
    seconds: float
    seed: int
    command: str
    overrides: list[str] = field(default_factory=list)
    config: dict[str, str] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises:
            CheckpointError: the disk is full or not writable; an older file of that name is as it was.
        """
        try:
            with whole_file(path) as temporary:
                torch.save(vars(self), temporary)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as RuntimeError
            raise CheckpointError(f"{path}: could not be written ({error}); free some space.") from error

    @staticmethod
    def load(path: Path, device: str = "cpu") -> Checkpoint:
        """Read a checkpoint with `weights_only=True`: tensors and plain values, never code.

        Raises:
            CheckpointError: the file is missing, truncated, hostile or of another format.
        """
        if not path.is_file():
            raise CheckpointError(f"{path}: there is no such checkpoint.")
        try:
            content = torch.load(path, map_location=device, weights_only=True)
            return Checkpoint(**content)
        except pickle.UnpicklingError as error:
            raise CheckpointError(
                f"{path}: is no checkpoint, or holds objects other than tensors and plain values, "
                "which could run code; it was not loaded."
            ) from error
        except (RuntimeError, EOFError, TypeError, KeyError, ValueError) as error:
            raise CheckpointError(
                f"{path}: is truncated or not a Gaitway checkpoint; take an earlier one from the same folder."
            ) from error

    def restore(self, path: Path, env: GaitwayVectorEnv) -> tuple[PPOCfg, Learner]:
        """Networks and optimizer as they were, for `env`, which must have been reset once.

        Raises:
            CheckpointError: it is of another task, another size or another version; `path` is named.
        """
        sizes = {name: group.size for name, group in env.groups.items()}
        self.require(path, env.cfg.task, sizes, env.actions.size)
        try:
            cfg = PPOCfg(**self.ppo)
            algorithm = make_ppo(env, cfg)
            algorithm.load(self.algorithm)
        except (TypeError, KeyError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"{path}: its networks or settings are of another version; train again or check out the code "
                "it was trained with."
            ) from error
        return cfg, algorithm

    def require_config(self, path: Path, cfg: EnvCfg) -> None:
        """Refuse to train on with another config than so far.

        Raises:
            CheckpointError: naming the first setting that differs.
        """
        # An older config named only what its task changed of the learner's settings; `ppo` has them all.
        trained = task_settings({"agent": self.ppo}) | self.config
        change = first_change(trained, task_settings(cfg)) if self.config else None
        if change is not None:
            raise CheckpointError(
                f"{path}: was {change}; undo that change, or train a new run without --resume."
            )

    def require(self, path: Path, task: str, observation_sizes: dict[str, int], action_size: int) -> None:
        """Refuse a checkpoint of another task or another size.

        Raises:
            CheckpointError: naming the field that differs.
        """
        if self.task != task:
            raise CheckpointError(f"{path}: was trained on '{self.task}', not on '{task}'.")
        for name, size in observation_sizes.items():
            if self.observation_sizes.get(name) != size:
                raise CheckpointError(
                    f"{path}: its {name} observation has {self.observation_sizes.get(name)} values, "
                    f"the task's has {size}; train again or check out the code it was trained with."
                )
        if self.action_size != action_size:
            raise CheckpointError(
                f"{path}: has {self.action_size} actions, the robot has {action_size} joints."
            )
