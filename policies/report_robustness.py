"""Robustness curves: each parameter swept until most episodes fail."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes

from ..envs.vector_env import GaitwayVectorEnv
from .candidate import Candidate
from .evaluation import run_episodes
from .figure_style import BLUE, GREY, ORANGE, light_grid, new_figure, save_figure
from .report_sweeps import SWEEPS, Sweep
from .score import number
from .scoring import scorer_class
from .scoring.episodes import Episodes, Score, score, select

_ROUND = 6  # levels that are run together before it is asked whether most episodes fail
_FAILED = 0.5


@dataclass(frozen=True)
class Curve:
    """Scores at the levels of one sweep that were run; `headline` is the rate that counts."""

    sweep: Sweep
    headline: str
    levels: tuple[float, ...]
    scores: tuple[Score, ...]
    trained: tuple[float, float] | None
    episodes_per_level: int

    @property
    def fails_at(self) -> float | None:
        """Where the rate first falls below a half, between the two levels around it; None if nowhere."""
        rates = [level[self.headline].value for level in self.scores]
        if rates[0] < _FAILED:
            return self.levels[0]
        for (low, high), (before, after) in zip(pairwise(self.levels), pairwise(rates), strict=True):
            if after < _FAILED <= before:
                return low + (high - low) * (before - _FAILED) / (before - after)
        return None

    def to_json(self) -> dict[str, Any]:
        """A record of lists by level."""
        estimates = [level[self.headline] for level in self.scores]
        return {
            "label": self.sweep.label,
            "trained": self.trained,
            "episodes_per_level": self.episodes_per_level,
            "fails_at": self.fails_at,
            "levels": self.levels,
            self.headline: [number(estimate.value) for estimate in estimates],
            "interval": [[number(estimate.low), number(estimate.high)] for estimate in estimates],
        }


def sweep_all(candidate: Candidate, per_level: int, seed: int) -> list[Curve]:
    """The curves of all sweeps that apply to the task; `per_level` whole episodes at each level."""
    probe = GaitwayVectorEnv(candidate.cfg(), 1)
    return [run_sweep(candidate, sweep, per_level, seed) for sweep in SWEEPS if sweep.applies(probe)]


def run_sweep(candidate: Candidate, sweep: Sweep, per_level: int, seed: int) -> Curve:
    """Run the levels of a sweep in their order until most episodes of one fail."""
    headline = scorer_class(candidate.cfg().scorer).headline
    scores: list[Score] = []
    for start in range(0, len(sweep.levels), _ROUND):
        levels = sweep.levels[start : start + _ROUND]
        scores += [score(level) for level in _run_levels(candidate, sweep, levels, per_level, seed)]
        if any(level[headline].value < _FAILED for level in scores):
            break
    trained = sweep.trained(candidate.disturbed_cfg())
    return Curve(sweep, headline, sweep.levels[: len(scores)], tuple(scores), trained, per_level)


def _run_levels(
    candidate: Candidate, sweep: Sweep, levels: tuple[float, ...], per_level: int, seed: int
) -> list[Episodes]:
    if not sweep.per_world:
        return [_run(candidate, sweep, torch.full((per_level,), level), seed) for level in levels]
    together = _run(candidate, sweep, torch.tensor(levels).repeat_interleave(per_level), seed)
    return [select(together, np.arange(i * per_level, (i + 1) * per_level)) for i in range(len(levels))]


def _run(candidate: Candidate, sweep: Sweep, levels: torch.Tensor, seed: int) -> Episodes:
    cfg = candidate.cfg()
    sweep.configure(cfg, levels)
    return run_episodes(GaitwayVectorEnv(cfg, len(levels)), candidate.policy(len(levels)).act, seed)


def plot_curves(curves: list[Curve], out: Path) -> None:
    """A panel per sweep: the rate with its interval, the range of training, and where it fails."""
    columns = min(3, len(curves))
    rows = -(-len(curves) // columns)
    figure = new_figure(3.0 * rows)
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False).flatten()
    for axis, curve in zip(axes, curves, strict=False):
        _plot_curve(axis, curve)
    for axis in axes[len(curves) :]:
        axis.set_axis_off()
    for axis in axes[::columns]:
        axis.set_ylabel(curves[0].headline.replace("_", " "))
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    save_figure(figure, out)


def _plot_curve(axis: Axes, curve: Curve) -> None:
    estimates = [level[curve.headline] for level in curve.scores]
    low, high = ([getattr(estimate, end) for estimate in estimates] for end in ("low", "high"))
    axis.fill_between(curve.levels, low, high, color=ORANGE, alpha=0.2, lw=0, label="95 % interval")
    axis.plot(curve.levels, [e.value for e in estimates], "o-", color=ORANGE, ms=4)
    if curve.sweep.log:
        axis.set_xscale("log")
        axis.invert_xaxis()
    if curve.trained is not None and curve.trained[0] < curve.trained[1]:
        axis.axvspan(*curve.trained, color=BLUE, alpha=0.12, lw=0, label="in training")
    fails_at = curve.fails_at
    if fails_at is not None:
        axis.axvline(fails_at, color=GREY, ls="--", lw=1, label="half fail")
    axis.set_title("half fail at " + (f"{fails_at:.2g}" if fails_at is not None else "none of these"))
    axis.set(xlabel=curve.sweep.label, ylim=(-0.03, 1.03))
    light_grid(axis)
