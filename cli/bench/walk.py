"""`gaitway bench walk`: a droid and a humanoid that walk a route by their own head cameras."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from .report import machine_facts, on_machine, print_table, write_json


@dataclass
class Walk:
    """Walk a route through a hall by stereo-inertial odometry from the head; the truth only judges.

    Attributes:
        robots: which.
        length: of the route, m.
        seeds: walks of each robot, in other halls along other routes, seeds 0 up.
        json: file to write the figures to, with the facts of the machine.
        plot: file to write a picture of the first walk of each robot to.
    """

    robots: tuple[Literal["droid", "humanoid"], ...] = ("droid", "humanoid")
    length: float = 50.0
    seeds: int = 1
    json: Path | None = None
    plot: Path | None = None

    def run(self) -> None:
        """Walk, print and write."""
        if self.seeds < 1:
            raise ValueError("Give 1 seed or more.")
        from ...policies.figure_style import save_figure
        from ...twin.record.rig import RecordCfg
        from ...twin.record.scenario import load_scenario
        from ...twin.walk.figures import figures, plot_walks
        from ...twin.walk.mission import walk_mission

        scenarios = {name: replace(load_scenario(f"{name}-walk"), length=self.length) for name in self.robots}
        machine, rows, shown = machine_facts(), [], {}
        for name, scenario in scenarios.items():
            for seed in range(self.seeds):
                walk = walk_mission(scenario, RecordCfg(seed=seed))
                rows.append({"robot": name, "seed": seed, **figures(walk)})
                print(f"{name}, seed {seed}: {rows[-1]['seconds']:.0f} s, ATE {rows[-1]['ate_m']:.3f} m")
                shown.setdefault(name, walk)
        print_table(
            f"{self.length:g} m by head cameras, {on_machine(machine)}",
            ["walk", "ended", "ATE, m", "% of way", "thinks it is off by, m", "lost pictures"],
            [summary(row) for row in rows],
        )
        write_json(self.json, {"walks": rows}, machine)
        if self.plot:
            save_figure(plot_walks(shown), self.plot)


def summary(row: dict[str, Any]) -> list[str]:
    """A line of the table."""
    ended = "fell" if row["fell"] else "arrived" if row["arrived"] else "did not arrive"
    return [
        f"{row['robot']} {row['seed']}",
        ended + (", touched something" if row["touched"] else ""),
        f"{row['ate_m']:.3f}",
        f"{row['ate_percent']:.2f}",
        f"{row['thinks_it_is_off_by_m']:.2f}",
        f"{row['lost']} of {row['pictures']}",
    ]
