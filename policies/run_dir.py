"""The folder of one training run: `runs/<task>/<time>/` with checkpoints, log and curve."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .checkpoint import CheckpointError


def new_run_dir(task: str, root: Path = Path("runs")) -> Path:
    """Create an empty folder named after the task and the time."""
    base = root / task.rpartition("/")[2] / time.strftime("%Y-%m-%d_%H-%M-%S")
    base.parent.mkdir(parents=True, exist_ok=True)
    path, count = base, 1
    while True:
        try:
            path.mkdir()
        except FileExistsError:
            count += 1
            path = base.with_name(f"{base.name}-{count}")
        else:
            return path


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only one who writes the run in `folder`; the system takes the lock back however we end.

    Raises:
        ValueError: another process is writing it.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"{folder}: another training is writing there; wait for its end, or choose another --out."
            ) from None
        yield
    finally:
        os.close(descriptor)


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
