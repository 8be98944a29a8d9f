"""The learning curve of a run as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..assets.whole_file import whole_file
from .run_log import read_log

_TERMS = 5
"""How many reward terms are drawn: those that move the return most."""


def plot_curve(runs: dict[str, Path], out: Path) -> None:
    """Draw return, episode length and the largest reward terms of runs (label -> folder) over wall time.

    Raises:
        ValueError: a run has no finished episode yet.
    """
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    axes = figure.subplots(1, 3)
    for label, run_dir in runs.items():
        rows = [row for row in read_log(run_dir) if row["log"]]
        if not rows:
            raise ValueError(f"{run_dir}: no episode has finished yet, so there is no curve to draw.")
        minutes = [row["seconds"] / 60 for row in rows]
        axes[0].plot(minutes, [row["mean_return"] for row in rows], label=label)
        axes[1].plot(minutes, [row["mean_length_s"] for row in rows], label=label)
        if label == next(iter(runs)):
            _plot_terms(axes[2], minutes, rows)
    for axis, title in zip(axes, ("return", "episode length, s", "reward terms, 1/s"), strict=True):
        axis.set_title(title)
        axis.set_xlabel("minutes of training")
        axis.grid(alpha=0.3)
    if len(runs) > 1:
        axes[0].legend()
    with whole_file(out) as temporary:
        figure.savefig(temporary, format=out.suffix.lstrip(".") or "png", dpi=110)


def _plot_terms(axis: Axes, minutes: list[float], rows: list[dict[str, Any]]) -> None:
    names = [name for name in rows[-1]["log"] if name.startswith("reward/")]
    values = {name: [row["log"].get(name, 0.0) for row in rows] for name in names}
    for name in sorted(names, key=lambda name: -max(map(abs, values[name])))[:_TERMS]:
        axis.plot(minutes, values[name], label=name.removeprefix("reward/").replace("_", " "))
    axis.legend(fontsize="small")
