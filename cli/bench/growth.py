"""`gaitway bench growth`: speed and memory over the number of worlds and threads."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .report import machine_facts, on_machine, print_table, write_json

_FEWEST_WEIGHED = 256  # below, libraries weigh more than worlds


@dataclass
class Growth:
    """Measure how speed and memory grow with the number of worlds: 1, 2, 4, ... and every number of threads.

    Attributes:
        task: registered task.
        most: the largest number of worlds.
        seconds: how long to measure each point.
        png: picture of the curves to write.
        json: file to write the figures to, with the facts of the machine.
    """

    task: str = "Gaitway/HumanoidVelocityFlat-v0"
    most: int = 8192
    seconds: float = 2.0
    png: Path | None = None
    json: Path | None = None

    def run(self) -> None:
        """Measure, print, draw and write."""
        if self.most < 1:
            raise ValueError(f"most is {self.most}; there must be at least 1 world.")
        from ...envs.bench.growth import measure_growth, measure_memory, plot_growth
        from ...envs.registration import load_cfg

        cfg, machine = load_cfg(self.task), machine_facts()
        worlds = [2**i for i in range(self.most.bit_length())]
        threads = sorted({1, len(os.sched_getaffinity(0))})
        memory = measure_memory(self.task, [count for count in worlds if count >= _FEWEST_WEIGHED])
        points = measure_growth(
            cfg, worlds, threads, self.seconds, lambda point: print(f"  {point}", flush=True)
        )
        rows = [(f"{p.worlds:,}", f"{p.threads}", f"{p.physics:,.0f}", f"{p.env:,.0f}") for p in points]
        title = f"{self.task} on {on_machine(machine)}"
        print_table(title, ("worlds", "threads", "physics env steps/s", "whole env steps/s"), rows)
        print_table("memory", ("worlds", "GB"), [(f"{n:,}", f"{b / 2**30:.2f}") for n, b in memory.items()])
        result: dict[str, Any] = {"task": self.task, "points": [asdict(point) for point in points]}
        write_json(self.json, result | {"resident_bytes": memory}, machine)
        if self.png is not None:
            self.png.parent.mkdir(parents=True, exist_ok=True)
            plot_growth(points, memory, self.task.removeprefix("Gaitway/"), self.png)
