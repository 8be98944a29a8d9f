"""One training run from start to end: env, trainer, progress, log, curve and checkpoints in one folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..envs.registration import load_cfg
from ..envs.vector_env import GaitwayVectorEnv
from .curve import plot_curve
from .ppo import PPOCfg
from .progress_bar import TrainingProgress
from .run_dir import last_checkpoint, new_run_dir
from .run_log import RunLog, read_log
from .trainer import Progress, Trainer

CURVE_FILE = "curve.png"


@dataclass
class TrainCfg:
    """What one run does; `minutes` of wall time in all, resumed time included."""

    task: str
    minutes: float = 15.0
    num_envs: int = 512
    seed: int = 0
    device: str = "cpu"

    @property
    def command(self) -> str:
        """The command line that repeats the run."""
        line = f"gaitway train {self.task} --minutes {self.minutes:g} --num-envs {self.num_envs}"
        line += f" --seed {self.seed}"
        return line if self.device == "cpu" else f"{line} --device {self.device}"


class Interrupted(Exception):
    """Ctrl-C during training; `checkpoint` is the last one, whole."""

    def __init__(self, checkpoint: Path) -> None:
        self.checkpoint = checkpoint


def train(cfg: TrainCfg, resume: Path | None = None, run_dir: Path | None = None) -> Path:
    """Train and return the run's folder.

    `resume` is a run folder or checkpoint to go on from, in its own folder; else `run_dir` (by default
    `runs/<task>/<time>`) is where everything goes.

    Raises:
        ValueError: there is no such task, or `num_envs` or `minutes` is not positive.
        CheckpointError: `resume` is unreadable, or of another task or size.
        Interrupted: on Ctrl-C, after a last checkpoint was written.
    """
    if cfg.minutes <= 0:
        raise ValueError(f"--minutes is {cfg.minutes:g}; training needs more than 0.")
    env = GaitwayVectorEnv(load_cfg(cfg.task), cfg.num_envs, cfg.device)
    start = last_checkpoint(resume) if resume is not None else None
    folder = start.parent if start is not None else run_dir or new_run_dir(cfg.task)
    trainer = Trainer(env, PPOCfg(), folder, cfg.seed, cfg.command)
    if start is not None:
        trainer.resume(start)
    log = RunLog(folder)
    total_s = cfg.minutes * 60
    try:
        with TrainingProgress(total_s, trainer.seconds) as bar:

            def report(progress: Progress) -> None:
                log.write(progress)
                bar.update(progress)

            trainer.train(lambda trainer: trainer.seconds >= total_s, report)
    except KeyboardInterrupt as error:
        raise Interrupted(last_checkpoint(folder)) from error
    finally:
        log.close()
        if any(row["log"] for row in read_log(folder)):
            plot_curve({cfg.task: folder}, folder / CURVE_FILE)
    return folder
