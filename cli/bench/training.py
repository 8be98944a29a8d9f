"""`gaitway bench training`: how much of the environment's speed is left when a policy learns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .report import machine_facts, on_machine, print_table, write_json


@dataclass
class Training:
    """Measure samples per second of training and of the environment alone, in turns.

    Attributes:
        task: registered task.
        num_envs: worlds stepped in parallel.
        seconds: how long to measure each.
        device: cpu, or a CUDA device such as cuda:0.
        json: file to write the figures to, with the facts of the machine.
    """

    task: str = "Gaitway/DroidVelocityFlat-v0"
    num_envs: int = 512
    seconds: float = 40.0
    device: str = "cpu"
    json: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        # Loads torch: not before the arguments are known to be right.
        from ...envs.registration import load_cfg
        from ...policies.training_speed import measure_training

        machine = machine_facts()
        result = measure_training(load_cfg(self.task), self.num_envs, self.seconds, self.device)
        rows = [
            (name, f"{rate['median']:,.0f}", f"{rate['best']:,.0f}")
            for name, rate in result["per_second"].items()
        ]
        rows.append(("training's share", f"{result['share']:.2f}", ""))
        title = f"{self.task}, samples per second: {self.num_envs} worlds on {on_machine(machine)}"
        print_table(title, ("", "median", "best"), rows)
        write_json(self.json, result, machine)
