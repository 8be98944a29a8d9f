"""Live progress of a training run in the terminal."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from . import trainer

_PLAIN_EVERY_S = 30.0


class TrainingProgress:
    """A bar with time left and the figures of the last iteration; plain lines where there is no terminal.

    Args:
        total_s: seconds of training in all, those of a resumed run included.
        done_s: seconds already trained.
    """

    def __init__(self, total_s: float, done_s: float) -> None:
        self.console = Console()
        self._total_s = total_s
        self._printed_at = -_PLAIN_EVERY_S
        self._bar = Progress(
            TextColumn("training"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
        )
        self._task = self._bar.add_task("training", total=total_s, completed=int(done_s), figures="")

    def update(self, progress: trainer.Progress) -> None:
        """Show one iteration."""
        figures = (
            f"{progress.samples / 1e6:.2f} M samples  {progress.samples_per_s / 1e3:.1f} k/s  "
            f"return {progress.mean_return:.1f}  episode {progress.mean_length_s:.1f} s"
        )
        if self.console.is_terminal:
            self._bar.update(self._task, completed=progress.seconds, figures=figures)
            return
        now = time.monotonic()
        if now - self._printed_at >= _PLAIN_EVERY_S:
            self._printed_at = now
            left = max(self._total_s - progress.seconds, 0.0)
            print(f"{progress.seconds:6.0f} s  {figures}  {left:.0f} s left", flush=True)

    def __enter__(self) -> TrainingProgress:
        if self.console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.console.is_terminal:
            self._bar.stop()
