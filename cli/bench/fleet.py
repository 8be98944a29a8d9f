"""`gaitway bench fleet`: new ways after incidents, steps of large fleets, long runs beside plain PIBT."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from .fleet_hall import Tally


@dataclass
class Fleet:
    """Drive fleets through warehouses of ours, made for the purpose.

    Attributes:
        robots: in a hall of 9,240 m2, with headings.
        large: on a map of 340 x 164 cells, without headings.
        steps: of each long run.
        seeds: long runs in each of three halls, each with three incidents.
        incidents: after which the time to new ways is taken.
        json: file for the figures, with the facts of the machine.
    """

    robots: int = 1000
    large: int = 5000
    steps: int = 10_000
    seeds: int = 5
    incidents: int = 100
    json: Path | None = None

    def run(self) -> None:
        """Run all three, print and write."""
        from ...fleet.maps.layouts import HALLS

        for name in ("robots", "large", "steps", "seeds", "incidents"):
            if getattr(self, name) < 1:
                raise ValueError(f"--{name} {getattr(self, name)}: must be 1 or more.")
        machine = machine_facts()
        incidents = self._incidents()
        large = self._large()
        print_table(
            f"New ways after an incident, and a step, ms; {on_machine(machine)}",
            ("", "robots", "median", "p99", "most", "processor, median"),
            [
                _row("incident", incidents),
                _row("step with headings", incidents["step"]),
                _row("new costs, every 50 steps", incidents["new_costs"]),
                _row("step", large),
            ],
        )
        halls = {name: self._hall(name) for name in HALLS}
        _print_halls(halls)
        settings = {"robots": self.robots, "steps": self.steps, "seeds": self.seeds}
        write_json(self.json, {**settings, "incident": incidents, "large": large, "halls": halls}, machine)

    def _incidents(self) -> dict[str, Any]:
        """Incidents of all kinds in one hall, cleared every now and then."""
        from ...fleet.maps.layouts import HALLS
        from .fleet_hall import INCIDENTS, Hall

        hall = Hall(HALLS["aisles"](), self.robots, seed=0, way="guided")
        hall.run(200)
        for i in range(self.incidents):
            hall.incident(INCIDENTS[i % len(INCIDENTS)])
            hall.run(10)
            if i % 6 == 5:
                hall.clear()
        tally = hall.tally
        return {
            "robots": self.robots,
            **_spread(tally.replan_ms[1:]),
            "cpu_median_ms": _spread(tally.replan_cpu_ms[1:])["median_ms"],
            "conflicts": tally.conflicts,
            "step": {"robots": self.robots, **_spread(tally.step_ms[1:])},
            "new_costs": {"robots": self.robots, **_spread(tally.reweigh_ms)},
        }

    def _large(self) -> dict[str, Any]:
        """A large fleet on a map of movingai's shape, without headings as there."""
        from ...fleet.maps.layouts import movingai_warehouse
        from .fleet_hall import Hall

        hall = Hall(movingai_warehouse(), self.large, seed=0, way="lanes", turning=False)
        hall.run(200)
        tally = hall.tally
        figures = {"robots": self.large, **_spread(tally.step_ms[1:]), "conflicts": tally.conflicts}
        return {**figures, "tasks_a_step": len(tally.took) / 200}

    def _hall(self, name: str) -> dict[str, Any]:
        """Long runs of one hall, guided and plain in turn."""
        import numpy as np

        ways = ("guided", "plain")
        tallies = {way: [self._long(name, seed, way) for seed in range(self.seeds)] for way in ways}
        figures = {way: _summary(found, self.steps) for way, found in tallies.items()}
        rates = [figures[way]["tasks_a_step"] for way in ways]
        alone = np.mean([steps for tally in tallies["plain"] for steps in tally.unhindered])
        return {
            **figures,
            "throughput_ratio": rates[0] / rates[1] if rates[1] else float("inf"),
            # No planner does more: every task as if its robot were alone.
            "highest_ratio": self.robots / float(alone) / rates[1] if rates[1] else float("inf"),
        }

    def _long(self, name: str, seed: int, way: str) -> Tally:
        from ...fleet.maps.layouts import HALLS
        from .fleet_hall import Hall, thirds

        hall = Hall(HALLS[name](), self.robots, seed, way)
        for kind, before, lasts in thirds(self.steps):
            hall.run(before)
            hall.incident(kind)
            hall.run(lasts)
            hall.clear()
        return hall.tally


def _spread(values: list[float]) -> dict[str, float]:
    import numpy as np

    return {
        "median_ms": float(np.median(values)),
        "p99_ms": float(np.percentile(values, 99)),
        "max_ms": float(np.max(values)),
    }


def _row(name: str, found: dict[str, Any]) -> tuple[str, ...]:
    figures = [found[key] for key in ("median_ms", "p99_ms", "max_ms")]
    cpu = found.get("cpu_median_ms")
    return name, str(found["robots"]), *(f"{figure:.2f}" for figure in figures), f"{cpu:.0f}" if cpu else ""


def _summary(tallies: list[Tally], steps: int) -> dict[str, Any]:
    """Figures of the runs of one hall."""
    import numpy as np

    took = np.concatenate([tally.took for tally in tallies])
    mean = float(took.mean())
    return {
        "tasks_a_step": len(took) / (steps * len(tallies)),
        "task_mean_steps": mean,
        "task_p99_steps": float(np.percentile(took, 99)),
        "worst_wait_steps": max(tally.worst for tally in tallies),
        "worst_wait_of_mean": max(tally.worst for tally in tallies) / mean,
        "conflicts": sum(tally.conflicts for tally in tallies),
        "closest_cells": min(tally.closest for tally in tallies),
        "longest_without_arrival_steps": max(tally.standstill for tally in tallies),
        "held_or_sent_elsewhere": sum(tally.unserved for tally in tallies),
    }


def _print_halls(halls: dict[str, dict[str, Any]]) -> None:
    rows = [
        (
            f"{hall}, {way}",
            f"{figures['tasks_a_step']:.2f}",
            f"{found['throughput_ratio']:.2f} of {found['highest_ratio']:.2f} x" if way == "guided" else "",
            f"{figures['task_mean_steps']:.0f}",
            f"{figures['task_p99_steps']:.0f}",
            f"{figures['worst_wait_steps']} ({figures['worst_wait_of_mean']:.1f} x)",
            str(figures["conflicts"]),
            str(figures["longest_without_arrival_steps"]),
        )
        for hall, found in halls.items()
        for way, figures in found.items()
        if isinstance(figures, dict)
    ]
    columns = ("tasks/step", "of plain", "mean, steps", "p99", "worst", "conflicts", "nobody arrives, steps")
    print_table("Long runs with three incidents each", ("hall", *columns), rows)
