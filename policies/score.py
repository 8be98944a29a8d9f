"""A policy's score with all that identifies it: what `gaitway eval` prints and writes."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ..assets.whole_file import whole_file
from ..envs.vector_env import GaitwayVectorEnv
from .candidate import Candidate
from .evaluation import run_episodes
from .provenance import git_commit
from .scoring.episodes import Score, join, score
from .scoring.intervals import CONFIDENCE, Estimate


@dataclass
class EvalResult:
    """One evaluation; `policy` is the path it was given as, `by_seed` the score of each seed from `seed` on.

    `overrides` are the changes of the task's config; `pushes` says whether its pushes were on.
    """

    task: str
    policy: str
    episodes: int
    seed: int
    score: Score
    samples: int
    git_commit: str
    by_seed: list[Score]
    overrides: tuple[str, ...] = ()
    pushes: bool = False

    def to_json(self) -> dict[str, Any]:
        """A flat record, and intervals and the means of single seeds by measure."""
        names = ("task", "policy", "episodes", "seed", "samples", "git_commit")
        return {
            **{name: getattr(self, name) for name in names},
            "seeds": len(self.by_seed),
            "overrides": self.overrides,
            "pushes": self.pushes,
            **{name: number(estimate.value) for name, estimate in self.score.items()},
            "confidence": CONFIDENCE,
            "intervals": {name: [number(e.low), number(e.high)] for name, e in self.score.items()},
            "by_seed": {name: [number(seed[name].value) for seed in self.by_seed] for name in self.score},
        }

    def write(self, path: Path) -> None:
        """Write the record as JSON, whole or not at all."""
        write_json(path, self.to_json())

    def print_table(self) -> None:
        """Print the record for a person."""
        seeds = len(self.by_seed)
        title = f"{self.task}: {self.episodes} episodes of {self.policy} for each of {seeds} seeds"
        table = Table(title=title, title_justify="left")
        table.add_column("measure")
        table.add_column("value", justify="right")
        table.add_column(f"{CONFIDENCE:.0%} interval", justify="right")
        table.add_column("unit")
        for name, estimate in self.score.items():
            table.add_row(name, *texts(estimate), estimate.unit)
        table.add_row("samples", f"{self.samples:,}", "", "env steps")
        Console().print(table)


def texts(estimate: Estimate) -> tuple[str, str]:
    """Value and interval for a person; a dash where nothing was seen."""
    value = f"{estimate.value:.3f}" if math.isfinite(estimate.value) else "–"
    interval = f"{estimate.low:.3f} to {estimate.high:.3f}" if math.isfinite(estimate.low) else "–"
    return value, interval


def number(value: float) -> float | None:
    """`value` as JSON can hold it: None for NaN."""
    return value if math.isfinite(value) else None


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Write a record as JSON, whole or not at all; makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def score_policy(
    task: str,
    path: Path,
    episodes: int,
    seed: int,
    seeds: int = 1,
    overrides: Sequence[str] = (),
    pushes: bool = False,
) -> EvalResult:
    """Evaluate the policy at `path` over `episodes` episodes, all at once, for each of `seeds` seeds.

    `overrides` change the task's config; its pushes are on only with `pushes`. On a terrain, worlds are
    spread over all levels. Episodes of all seeds are independent, and pooled for the intervals.

    Raises:
        ValueError: there is no such task or policy, or the policy does not fit the task.
    """
    for name, value in (("--episodes", episodes), ("--seeds", seeds)):
        if value < 1:
            raise ValueError(f"{name} is {value}; an evaluation needs at least 1.")
    candidate = Candidate(task, path, overrides)
    cfg = candidate.disturbed_cfg() if pushes else candidate.cfg()
    env = GaitwayVectorEnv(cfg, episodes)
    policy = candidate.policy(episodes).act
    parts = [run_episodes(env, policy, seed + i) for i in range(seeds)]
    return EvalResult(
        task,
        str(path),
        episodes,
        seed,
        score(join(parts)),
        candidate.samples,
        git_commit(),
        [score(part) for part in parts],
        candidate.overrides,
        pushes,
    )
