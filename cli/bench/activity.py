"""`gaitway bench activity`: ceiling cameras of the simulated warehouse, scored against its truth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .report import machine_facts, on_machine, print_table, write_json


@dataclass
class Activity:
    """Follow traffic through the ceiling cameras of the generated warehouse, and score it against the truth.

    A minute is simulated first, from which the cameras learn the empty hall.

    Attributes:
        seconds: simulated time that is scored.
        area_m2: floor area of the warehouse.
        cameras: how many.
        amrs, forklifts, workers: how many move about; two more people walk on the walkway.
        mishaps: how often an hour each kind of incident is made to happen.
        rate: pictures a second of each camera.
        skew: greatest error of the cameras' clocks, s.
        outages: how often an hour each camera falls silent for 20 s.
        seed: of traffic and noise.
        halls: folder in which the warehouse and its empty pictures are kept.
        map: picture of the activity map to write.
        record: folder to write the pictures to, as `gaitway perceive activity` reads them.
        json: file to write the figures to, with the facts of the machine.
    """

    seconds: float = 600.0
    area_m2: float = 9290.0
    cameras: int = 100
    amrs: int = 20
    forklifts: int = 6
    workers: int = 14
    mishaps: float = 12.0
    rate: float = 2.0
    skew: float = 0.05
    outages: float = 1.0
    seed: int = 0
    halls: Path = Path("out/halls")
    map: Path | None = None
    record: Path | None = None
    json: Path | None = None

    def run(self) -> None:
        """Simulate, follow, score, print and write."""
        from ...assets.warehouse.layout import WarehouseCfg
        from ...perception.activity.calibration import write_calibration
        from ...perception.activity.picture import draw_map
        from ...perception.datasets.pictures import write_picture
        from ...twin.ceiling.hall import open_hall
        from ...twin.ceiling.run import LEARNING, RunCfg, watch
        from ...twin.ceiling.scenario import ScenarioCfg
        from ...twin.ceiling.score import summary
        from ...twin.ceiling.sensor import SensorCfg

        machine = machine_facts()
        hall = open_hall(self.halls, WarehouseCfg(area_m2=self.area_m2, cameras=self.cameras))
        if self.record:
            self.record.mkdir(parents=True, exist_ok=True)
            write_calibration(self.record / "calibration.json", hall.calibration)
        scenario = ScenarioCfg(
            self.seconds + LEARNING, self.amrs, self.forklifts, self.workers, self.mishaps, self.seed
        )
        watching = RunCfg(self.rate, self.skew, self.outages, seed=self.seed)
        run = watch(hall, scenario, watching, SensorCfg(), self.record)
        figures = summary(run)
        _print(figures, f"{self.cameras} cameras over {self.area_m2:g} m2, {on_machine(machine)}")
        if self.map:
            image = draw_map(
                hall.calibration, run.activities, run.activity_map.analytics, run.activity_map.rules.incidents
            )
            write_picture(self.map, image)
        result: dict[str, Any] = {"scenario": asdict(scenario), "watching": asdict(watching), **figures}
        write_json(self.json, result, machine)


def _print(figures: dict[str, Any], title: str) -> None:
    columns = ("", "HOTA", "DetA", "AssA", "IDF1", "MOTA", "switches", "error m")
    rows = [
        (
            kind,
            *(f"{s[name]:.3f}" for name in ("hota", "det_a", "ass_a", "idf1", "mota")),
            str(s["switches"]),
            f"{s['position_error']:.3f}",
        )
        for kind, s in figures["tracking"].items()
        if s["objects"]
    ]
    print_table(title, columns, rows)
    incidents = figures["incidents"]
    print_table(
        "Incidents and speed",
        ("", ""),
        [
            ("happened, reported", f"{incidents['happened']}, {incidents['seen']}"),
            (
                "delay, median and worst",
                f"{incidents['delay_median']:.2f} s, {incidents['delay_worst']:.2f} s",
            ),
            ("false alarms an hour", f"{incidents['false_alarms_per_hour']:.1f}"),
            ("perception, pictures a second", f"{figures['perception_pictures_per_second']:.0f}"),
            ("perception, times real time", f"{figures['perception_times_real_time']:.2f}"),
            ("perception, CPU ms a picture", f"{figures['perception_cpu_ms_per_picture']:.2f}"),
            ("simulator, pictures a second", f"{figures['simulator_pictures_per_second']:.0f}"),
        ],
    )
    for what in ("missed", "false"):
        if incidents[what]:
            print(f"{what}: {'; '.join(incidents[what])}")
