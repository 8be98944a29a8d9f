"""One training run from start to end: env, trainer, progress, log, curve and checkpoints in one folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..envs.registration import load_cfg
from ..envs.vector_env import GaitwayVectorEnv
from .checkpoint import Checkpoint
from .interrupt import ctrl_c_noted
from .progress_bar import TrainingProgress
from .run_dir import last_checkpoint, locked, new_run_dir
from .run_log import RunLog, read_log
from .scoring import check_scorer
from .trainer import Progress, Trainer

CURVE_FILE = "curve.png"


@dataclass
class TrainCfg:
    """What one run does.

    `minutes` of wall time in all, resumed time included. `overrides` of the config are as for `load_cfg`.
    """

    task: str
    minutes: float = 15.0
    num_envs: int = 512
    seed: int = 0
    device: str = "cpu"
    overrides: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The command line that repeats the run."""
        line = f"gaitway train {self.task} --minutes {self.minutes:g} --num-envs {self.num_envs}"
        line += f" --seed {self.seed}"
        if self.device != "cpu":
            line += f" --device {self.device}"
        return line + "".join(f" --env.{override.replace('=', ' ', 1)}" for override in self.overrides)


class Interrupted(Exception):
    """Ctrl-C during training; `checkpoint` is the last one, whole."""

    def __init__(self, checkpoint: Path) -> None:
        self.checkpoint = checkpoint


def train(cfg: TrainCfg, resume: Path | None = None, run_dir: Path | None = None) -> Path:
    """Train and return the run's folder.

    `resume` is a run folder or checkpoint to go on from, in its own folder; else `run_dir` (by default
    `runs/<task>/<time>`) is where everything goes.

    Raises:
        ValueError: there is no such task, field or device, `num_envs` or `minutes` is not positive, `run_dir`
            is not empty, another process trains there, or the run to resume has trained that long already.
        CheckpointError: `resume` is unreadable, or of another task, config or size; or the disk is full.
        DivergedError: a loss is not a number any more.
        Interrupted: on Ctrl-C, after a last checkpoint was written.
    """
    trainer = _start(cfg, resume, run_dir)
    folder = trainer.run_dir
    with locked(folder), ctrl_c_noted() as pressed:
        try:
            _run(trainer, cfg, pressed)
        except KeyboardInterrupt as error:
            raise Interrupted(last_checkpoint(folder)) from error
    if pressed:
        raise Interrupted(last_checkpoint(folder))
    return folder


def _run(trainer: Trainer, cfg: TrainCfg, pressed: list[int]) -> None:
    """Train, log and draw until time is up or `pressed` is no longer empty."""
    folder, total_s = trainer.run_dir, cfg.minutes * 60
    log = RunLog(folder)
    try:
        with TrainingProgress(total_s, trainer.seconds) as bar:

            def report(progress: Progress) -> None:
                log.write(progress)
                bar.update(progress)

            trainer.train(lambda trainer: bool(pressed) or trainer.seconds >= total_s, report)
    finally:
        log.close()
        if any(row["log"] for row in read_log(folder)):
            from .curve import plot_curve  # loads matplotlib, which the first step need not wait for

            plot_curve({cfg.task: folder}, folder / CURVE_FILE)


def _start(cfg: TrainCfg, resume: Path | None, run_dir: Path | None) -> Trainer:
    """A trainer ready to go on; folders are made only once everything else is known to be right."""
    if cfg.minutes <= 0:
        raise ValueError(f"--minutes is {cfg.minutes:g}; training needs more than 0.")
    if resume is None:
        if run_dir is not None and run_dir.exists() and any(run_dir.iterdir()):
            raise ValueError(f"{run_dir}: is not empty; choose another --out, or --resume that run.")
        env = GaitwayVectorEnv(load_cfg(cfg.task, cfg.overrides), cfg.num_envs, cfg.device)
        check_scorer(env)  # a policy that nothing can evaluate is not worth its training
        folder = run_dir or new_run_dir(cfg.task)
        folder.mkdir(parents=True, exist_ok=True)
        return Trainer(env, env.cfg.agent, folder, cfg.seed, cfg.command, cfg.overrides)
    if run_dir is not None:
        raise ValueError("--resume goes on in the run's own folder; leave out --out.")
    path = last_checkpoint(resume)
    checkpoint = Checkpoint.load(path, cfg.device)
    if checkpoint.seconds >= cfg.minutes * 60:
        trained = f"{checkpoint.seconds / 60:.1f} minutes"
        raise ValueError(f"{path}: has trained for {trained} already; give more --minutes to go on.")
    overrides = cfg.overrides or checkpoint.overrides
    env = GaitwayVectorEnv(load_cfg(cfg.task, overrides), cfg.num_envs, cfg.device)
    trainer = Trainer(env, env.cfg.agent, path.parent, cfg.seed, cfg.command, overrides)
    trainer.resume(path)
    return trainer
