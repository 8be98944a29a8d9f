"""The training loop: collect, learn, log, save; by the clock or by the sample."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch

from ..envs.agent import PPOCfg
from ..envs.one_thread import one_thread
from ..envs.vector_env import GaitwayVectorEnv
from .checkpoint import Checkpoint
from .ppo import make_ppo
from .task_settings import task_settings


class DivergedError(ValueError):
    """A loss is not a number any more; the message names the last checkpoint before that."""


@dataclass
class Progress:
    """One iteration's figures. `mean_return` and `mean_length_s` are of the episodes that last finished.

    `value_loss` is that of the iteration before: of this one, the critic has just begun to learn.
    """

    iteration: int
    samples: int
    seconds: float
    samples_per_s: float
    collect_s: float
    learn_s: float
    mean_return: float
    mean_length_s: float
    action_std: float
    learning_rate: float
    value_loss: float
    entropy: float
    diverged: int
    log: dict[str, float]


class Trainer:
    """PPO on one environment; Ctrl-C at any moment leaves the last checkpoint whole.

    `command` and `overrides` say in the checkpoints where `env` came from.
    """

    def __init__(
        self,
        env: GaitwayVectorEnv,
        cfg: PPOCfg,
        run_dir: Path,
        seed: int,
        command: str,
        overrides: Iterable[str] = (),
    ) -> None:
        torch.manual_seed(seed)
        self.overrides = list(overrides)
        self.env, self.cfg, self.run_dir, self.seed, self.command = env, cfg, run_dir, seed, command
        env.keeps_final_obs = False  # PPO values the last observation but one of an episode cut short
        env.reset(seed=seed)
        # Spread the time-outs over the first episode, else every world resets at the same step.
        env.episode_length = (env.uniform((env.num_envs,)) * env.max_episode_length).long()
        self.algorithm = make_ppo(env, cfg)
        self.iteration, self.samples, self.seconds = 0, 0, 0.0
        self._returns = torch.zeros(env.num_envs, device=env.device)
        self._last_return, self._last_length = 0.0, 0.0

    def resume(self, path: Path) -> None:
        """Continue from a checkpoint of the same task, with the settings it was trained with.

        Raises:
            CheckpointError: the file is unreadable or of another task, config or size.
        """
        checkpoint = Checkpoint.load(path, str(self.env.device))
        checkpoint.require_config(path, self.env.cfg)
        self.cfg, self.algorithm = checkpoint.restore(path, self.env)
        self.iteration, self.samples = checkpoint.iteration, checkpoint.samples
        self.seconds = checkpoint.seconds

    def train(
        self,
        done: Callable[[Trainer], bool],
        report: Callable[[Progress], None],
        save_every_s: float = 60.0,
    ) -> Path:
        """Iterate until `done(self)`; returns the last checkpoint.

        `report` is called after every iteration. A checkpoint is written at the start, every
        `save_every_s` seconds, at the end and on Ctrl-C; after any other error the last one stays the last.

        Raises:
            DivergedError: a loss is not a number.
        """
        self.algorithm.train_mode()
        saved_at = self.seconds
        self.save()
        try:
            while not done(self):
                report(self._iterate())
                if self.seconds - saved_at >= save_every_s:
                    saved_at = self.seconds
                    self.save()
        except KeyboardInterrupt:
            self.save()
            raise
        return self.save()

    def _iterate(self) -> Progress:
        start = time.perf_counter()
        log = self._collect()
        collected = time.perf_counter()
        losses = self.algorithm.update()
        learned = time.perf_counter()
        batch = self.env.num_envs * self.cfg.num_steps_per_env
        self.iteration += 1
        self._require_finite(losses)
        self.samples += batch
        self.seconds += learned - start
        return Progress(
            iteration=self.iteration,
            samples=self.samples,
            seconds=self.seconds,
            samples_per_s=batch / (learned - start),
            collect_s=collected - start,
            learn_s=learned - collected,
            mean_return=self._last_return,
            mean_length_s=self._last_length,
            action_std=self.algorithm.action_std,
            learning_rate=self.algorithm.learning_rate,
            value_loss=losses["value"],
            entropy=losses["entropy"],
            diverged=self.env.world.diverged_count,
            log=log,
        )

    def _require_finite(self, losses: dict[str, float]) -> None:
        for name, loss in losses.items():
            if not math.isfinite(loss):
                raise DivergedError(
                    f"{self.run_dir}: the {name} loss is {loss} in iteration {self.iteration}; look for a "
                    "reward or observation that is not finite, then --resume: its checkpoints are older."
                )

    @torch.inference_mode()
    @one_thread()
    def _collect(self) -> dict[str, float]:
        ended = torch.zeros(2, device=self.env.device)  # how many episodes, and the sum of their returns
        for _ in range(self.cfg.num_steps_per_env):
            actions = self.algorithm.act(self.env.observation_groups)
            _, reward, terminated, truncated, _ = self.env.step(actions)
            done = terminated | truncated
            self.algorithm.rollout.reward(reward, done, truncated)
            self._returns += reward
            ended += torch.stack((done.sum(), (self._returns * done).sum()))
            self._returns *= ~done
        self.algorithm.rollout.finish(self.env.observation_groups)
        log = self.env.take_log()
        if log:
            count, total = ended.tolist()
            self._last_return = total / count
            self._last_length = log["episode/length_s"]
        return log

    def save(self) -> Path:
        """Write `model_<iteration>.pt` into the run folder.

        Raises:
            DivergedError: the critic's loss is not a number.
        """
        self._require_finite({"value": self.algorithm.finish()})
        path = self.run_dir / f"model_{self.iteration}.pt"
        Checkpoint(
            task=self.env.cfg.task,
            observation_sizes={name: group.size for name, group in self.env.groups.items()},
            action_size=self.env.actions.size,
            ppo=dataclasses.asdict(self.cfg),
            algorithm=self.algorithm.save(),
            iteration=self.iteration,
            samples=self.samples,
            seconds=self.seconds,
            seed=self.seed,
            command=self.command,
            overrides=self.overrides,
            config=task_settings(self.env.cfg),
        ).save(path)
        return path
