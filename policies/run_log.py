"""What a training run leaves to read: `progress.jsonl`, TensorBoard events and the learning curve."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from .trainer import Progress

LOG_FILE = "progress.jsonl"


class RunLog:
    """Appends one line per iteration; a resumed run goes on in the same files."""

    def __init__(self, run_dir: Path) -> None:
        self._file = (run_dir / LOG_FILE).open("a", encoding="utf-8")
        self._board = SummaryWriter(str(run_dir / "tensorboard"))

    def write(self, progress: Progress) -> None:
        """Log one iteration; TensorBoard's step is the number of samples."""
        values = dataclasses.asdict(progress)
        self._file.write(json.dumps(values) + "\n")
        self._file.flush()
        terms = values.pop("log")
        for name, value in values.items():
            self._board.add_scalar(f"train/{name}", value, progress.samples)
        for name, value in terms.items():
            self._board.add_scalar(name, value, progress.samples)

    def close(self) -> None:
        """Flush both files."""
        self._file.close()
        self._board.close()


def read_log(run_dir: Path) -> list[dict[str, Any]]:
    """The iterations of a run so far, oldest first; empty if there are none.

    A resumed run starts from its last checkpoint: what was logged after it is dropped. So is a line that
    was cut short, by a full disk or because it is just being written.
    """
    path = run_dir / LOG_FILE
    rows: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        while rows and rows[-1]["iteration"] >= row["iteration"]:
            rows.pop()
        rows.append(row)
    return rows
