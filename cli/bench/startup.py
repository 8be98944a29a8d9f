"""`gaitway bench startup`: how long imports, the first env and the first step of training take."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from .report import machine_facts, on_machine, print_table, write_json


@dataclass
class Startup:
    """Measure how long a user waits for imports, an env, and `gaitway train` until its first step.

    Attributes:
        task: registered task.
        repeats: processes started for each case, after one that warms up; the best counts.
        json: file to write the figures to, with the facts of the machine.
    """

    task: str = "Gaitway/DroidVelocityFlat-v0"
    repeats: int = 3
    json: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        if self.repeats < 1:
            raise ValueError(f"repeats is {self.repeats}; there must be at least 1.")
        from ...envs.bench.startup import measure_startup
        from ...envs.registration import load_cfg

        load_cfg(self.task)
        machine = machine_facts()
        waits = measure_startup(self.task, self.repeats)
        rows = [(name, f"{wait.wall_s:.2f}", f"{wait.cpu_s:.2f}") for name, wait in waits.items()]
        print_table(f"Start-up on {on_machine(machine)}", ("process", "wall s", "processor s"), rows)
        result = {"task": self.task, "waits": {name: asdict(wait) for name, wait in waits.items()}}
        write_json(self.json, result, machine)
