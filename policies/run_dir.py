"""The folder of one training run: `runs/<task>/<time>/` with checkpoints, log and curve."""

from __future__ import annotations

import time
from pathlib import Path

from .checkpoint import CheckpointError


def new_run_dir(task: str, root: Path = Path("runs")) -> Path:
    """Create an empty folder named after the task and the time."""
    base = root / task.rpartition("/")[2] / time.strftime("%Y-%m-%d_%H-%M-%S")
    path, count = base, 1
    while path.exists():
        count += 1
        path = base.with_name(f"{base.name}-{count}")
    path.mkdir(parents=True)
    return path


def last_checkpoint(path: Path) -> Path:
    """The newest checkpoint of a run folder, or `path` itself if it is a file.

    Raises:
        CheckpointError: there is no such path, or the folder has none.
    """
    if path.is_file():
        return path
    if not path.exists():
        raise CheckpointError(f"{path}: there is no such run, checkpoint or bundle.")
    checkpoints = sorted(path.glob("model_*.pt"), key=lambda p: int(p.stem.partition("_")[2]))
    if not checkpoints:
        raise CheckpointError(f"{path}: holds no model_*.pt; give a run folder made by 'gaitway train'.")
    return checkpoints[-1]
