"""What the demo has found so far: the stages fill it, the page shows it."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ...policies.provenance import git_commit
from ...policies.score import EvalResult
from .growth import Attempt
from .walk import Walk

STAGES = {
    "scene": "Build the warehouse",
    "train": "Train the droid from scratch",
    "export": "Export and check the bundle",
    "score": "Score both bundles",
    "walk": "Walk through the warehouse",
    "film": "Film the walk",
    "growth": "Draw the way from falling to walking",
    "shift": "Run a shift in which an aisle is blocked",
}


@dataclass
class Stage:
    """One stage: `state` is waiting, running, done or failed."""

    title: str
    state: str = "waiting"
    seconds: float = 0.0


@dataclass(frozen=True)
class Parity:
    """One comparison: largest differences in observations and actions over `ticks` ticks."""

    what: str
    ticks: int
    observation_error: float
    action_error: float


@dataclass
class Story:
    """Everything on the page; what no stage has found yet is empty."""

    minutes: float
    folder: Path
    stages: dict[str, Stage] = field(
        default_factory=lambda: {name: Stage(title) for name, title in STAGES.items()}
    )
    scene: dict[str, str] = field(default_factory=dict)
    training: dict[str, str] = field(default_factory=dict)
    parity: list[Parity] = field(default_factory=list)
    edge_check: str = ""
    scores: dict[str, EvalResult] = field(default_factory=dict)
    walks: dict[str, Walk] = field(default_factory=dict)
    film: Path | None = None
    growth: list[Attempt] = field(default_factory=list)
    shift: dict[str, str] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    machine: dict[str, str] = field(default_factory=lambda: machine_facts())

    @property
    def running(self) -> bool:
        """More is to come."""
        return not self.problem and any(stage.state != "done" for stage in self.stages.values())

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Mark a stage as running, and as done or failed at its end; takes its time."""
        stage, begin = self.stages[name], time.perf_counter()
        stage.state = "running"
        try:
            yield
            stage.state = "done"
        except BaseException:
            stage.state = "failed"
            raise
        finally:
            stage.seconds = time.perf_counter() - begin


def machine_facts() -> dict[str, str]:
    """What the numbers were measured on."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "commit": git_commit(),
        "date": time.strftime("%Y-%m-%d %H:%M"),
    }


def _processor() -> str:
    """The processor's name where Linux tells it."""
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.is_file() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
