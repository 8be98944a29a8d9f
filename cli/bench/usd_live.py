"""`gaitway bench usd-live`: what the live USD stage costs, and how well a viewer keeps up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from .report import machine_facts, on_machine, print_table, write_json


@dataclass
class UsdLive:
    """Measure the live USD stage: time to author a frame, frames that a second process sees, slow-down.

    Attributes:
        task: registered task.
        worlds: how many worlds are shown; 20 droids are 300 prims.
        rate: frames published a second.
        seconds: how long a turn takes.
        rounds: turns of each kind, alone and shown.
        json: file to write the figures to, with the facts of the machine.
    """

    task: str = "Gaitway/DroidVelocityFlat-v0"
    worlds: int = 20
    rate: float = 60.0
    seconds: float = 10.0
    rounds: int = 3
    json: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        from ...envs.registration import load_cfg
        from ...preview.usd_live.bench import measure_live

        cfg, machine = load_cfg(self.task), machine_facts()
        cost = measure_live(cfg, self.worlds, self.rate, self.seconds, self.rounds)
        rows = [
            ("prims that move", f"{cost.prims}", ""),
            ("frames published a second", f"{cost.published_per_s:.1f}", ""),
            ("of 60 frames, a viewer saw", f"{cost.seen_of_60:.1f}", ""),
            ("authoring a frame, ms", *(f"{ms:.2f}" for ms in cost.authoring_ms)),
            ("reloading it in the viewer, ms", *(f"{ms:.2f}" for ms in cost.viewer_ms)),
            ("env steps a second, alone", f"{cost.steps_per_s:.0f}", ""),
            ("env steps a second, shown", f"{cost.steps_per_s_live:.0f}", ""),
            ("slow-down", f"{cost.slowdown:.1%}", ""),
        ]
        print_table(f"Live USD stage on {on_machine(machine)}", ("", "median", "95th percentile"), rows)
        result = {"task": self.task, "worlds": self.worlds, "rate": self.rate, **asdict(cost)}
        write_json(self.json, result, machine)
