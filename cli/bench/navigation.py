"""`gaitway bench navigation`: an AMR told only A and B, driving by its own stereo cameras."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import track

from .report import machine_facts, on_machine, print_table, write_json


@dataclass
class Navigation:
    """Drive from A to B by own odometry, depth and map; once with a person stepping out, then disturbed.

    Attributes:
        runs: drives of other halls, routes and people, seeds 0 up.
        length: of the known way from A to B, which the robot is not told, m.
        disturbed: drives for each kind of disturbance of the cameras.
        processes: drives at a time.
        json: file to write the figures to, with the facts of the machine.
    """

    runs: int = 20
    length: float = 15.0
    disturbed: int = 2
    processes: int = 2
    json: Path | None = None

    def run(self) -> None:
        """Drive, print and write."""
        if self.runs < 1 or self.disturbed < 0 or self.processes < 1:
            raise ValueError("Give 1 run and 1 process or more, and no negative number of disturbed ones.")
        from ...twin.navigation.campaign import drive_all
        from ...twin.navigation.disturbances import KINDS, Disturbance
        from ...twin.navigation.mission import MissionCfg

        missions = [MissionCfg(seed=seed, length=self.length) for seed in range(self.runs)]
        missions += [
            MissionCfg(seed=seed, length=self.length, step_out=False, disturbance=Disturbance(kind))
            for kind in KINDS
            for seed in range(self.disturbed)
        ]
        machine = machine_facts()
        drives = track(drive_all(missions, self.processes), "driving", total=len(missions))
        rows = list(drives)
        table = [summary("as recorded", rows[: self.runs])]
        for number, kind in enumerate(KINDS if self.disturbed else ()):
            first = self.runs + number * self.disturbed
            table.append(summary(kind, rows[first : first + self.disturbed]))
        print_table(
            f"From A to B by its own eyes, {on_machine(machine)}",
            [
                "drives",
                "arrived",
                "collided",
                "goal missed by, m",
                "odometry, % of path",
                "stopped when lost",
            ],
            table,
        )
        write_json(self.json, {"drives": rows}, machine)


def summary(name: str, rows: list[dict[str, Any]]) -> list[str]:
    """A line of the table."""
    drift = max(100 * row["odometry_rmse_m"] / max(row["path_m"], 1e-9) for row in rows)
    stopped = [row["stopped_while_lost"] for row in rows if row["stopped_while_lost"] is not None]
    return [
        name,
        f"{sum(row['arrived'] for row in rows)} of {len(rows)}",
        str(sum(row["collided"] for row in rows)),
        f"{max(row['distance_m'] for row in rows):.2f} at most",
        f"{drift:.2f} at most",
        f"{sum(stopped)} of {len(stopped)}",
    ]
