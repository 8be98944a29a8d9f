"""A policy's score with all that identifies it: what `gaitway eval` prints and writes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ..envs.registration import load_cfg
from ..envs.vector_env import GaitwayVectorEnv
from .evaluation import Score, evaluate, undisturbed
from .load import load_policy
from .provenance import git_commit
from .whole_file import whole_file

_UNITS = {
    "lin_vel_error": "m/s",
    "yaw_rate_error": "rad/s",
    "swing_time_mean": "s",
    "swing_apex_mean": "m",
    "touchdowns_per_s": "per foot and s",
    "standing_speed": "m/s",
    "standing_touchdowns_per_s": "per foot and s",
}


@dataclass
class EvalResult:
    """One evaluation; `policy` is the path it was given as."""

    task: str
    policy: str
    episodes: int
    seed: int
    score: Score
    samples: int
    git_commit: str

    def to_json(self) -> dict[str, Any]:
        """A flat record."""
        record = asdict(self)
        score = record.pop("score")
        return {**record, **score}

    def write(self, path: Path) -> None:
        """Write the record as JSON, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as temporary:
            temporary.write_text(json.dumps(self.to_json(), indent=2) + "\n", encoding="utf-8")

    def print_table(self) -> None:
        """Print the record for a person."""
        table = Table(title=f"{self.task}: {self.episodes} episodes of {self.policy}", title_justify="left")
        table.add_column("measure")
        table.add_column("value", justify="right")
        table.add_column("unit")
        for name, value in asdict(self.score).items():
            table.add_row(name, f"{value:.3f}", _UNITS.get(name, ""))
        table.add_row("samples", f"{self.samples:,}", "env steps")
        Console().print(table)


def score_policy(task: str, path: Path, episodes: int, seed: int) -> EvalResult:
    """Evaluate the policy at `path` over `episodes` episodes, all at once, without pushes.

    Raises:
        ValueError: there is no such task or policy, or the policy does not fit the task.
    """
    if episodes < 1:
        raise ValueError(f"--episodes is {episodes}; an evaluation needs at least 1.")
    env = GaitwayVectorEnv(undisturbed(load_cfg(task)), episodes)
    policy = load_policy(path, env)
    score = evaluate(env, policy.act, seed)
    return EvalResult(task, str(path), episodes, seed, score, policy.samples, git_commit())
