"""Train a policy: PPO on a task, by the clock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from .overrides import Overrides


def main(
    task: Annotated[str, tyro.conf.Positional],
    minutes: float = 15.0,
    num_envs: int = 512,
    seed: int = 0,
    device: str = "cpu",
    resume: Path | None = None,
    out: Path | None = None,
    env: Overrides = (),
) -> int:
    """Train a policy.

    Args:
        task: registered task, such as Gaitway/DroidVelocityFlat-v0; 'gaitway list' shows them.
        minutes: wall time of training in all, that of a resumed run included.
        num_envs: worlds stepped in parallel.
        seed: of networks, resets, commands and noise.
        device: cpu, or a CUDA device such as cuda:0.
        resume: run folder or checkpoint to go on from.
        out: new folder for the run; by default runs/<task>/<time>.
        env: changes of the task's config.
    """
    # Loads torch: not before the arguments are known to be right.
    from ..policies.train import CURVE_FILE, Interrupted, TrainCfg, train

    cfg = TrainCfg(task, minutes, num_envs, seed, device, env)
    try:
        run = train(cfg, resume, out)
    except Interrupted as stop:
        print(f"\nInterrupted. The last checkpoint is {stop.checkpoint}.")
        print(f"To go on: {cfg.command} --resume {stop.checkpoint.parent}")
        return 130
    print(f"{run}: checkpoints, {CURVE_FILE} and TensorBoard events (tensorboard --logdir {run}).")
    print(f"Next: gaitway eval {task} --policy {run}")
    return 0
