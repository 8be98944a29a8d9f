"""`gaitway bench sensors`: pictures per second of a camera that is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .report import machine_facts, on_machine, print_table, write_json


@dataclass
class Sensors:
    """Measure 640 x 480 pictures per second from an AMR's camera in generated halls, beside the ray tracer.

    Attributes:
        areas_m2: of the halls.
        seconds: how long to measure each way of drawing in each hall.
        json: file to write the figures to, with the facts of the machine.
    """

    areas_m2: tuple[float, ...] = (1200.0, 9290.0)
    seconds: float = 8.0
    json: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        from ...envs.bench.sensors import measure_sensors

        machine = machine_facts()
        results = [measure_sensors(area, self.seconds) for area in self.areas_m2]
        columns = [f"{result['area_m2']:g} m2, {result['geoms']} geoms" for result in results]
        rows = [
            (name, *(f"{result['per_second'][name]['best']:.1f}" for result in results))
            for name in results[0]["per_second"]
        ]
        print_table(f"Pictures per second, {on_machine(machine)}", ("", *columns), rows)
        write_json(self.json, {"results": results}, machine)
