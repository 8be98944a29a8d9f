"""`gaitway bench odometry`: how far odometry drifts on long simulated drives past people who walk."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.progress import track

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from ...perception.odometry.estimate import Estimate
    from ...twin.record.scenario import Scenario

_RUNS = ("fused", "cameras", "wheels and IMU")
_FIGURES = {
    "ATE m": ("ate_m", 3),
    "ATE %": ("ate_percent", 3),
    "RPE %": ("rpe_percent", 2),
    "RPE deg/m": ("rpe_deg_per_m", 4),
    "not lost %": ("completion_percent", 1),
    "degraded": ("degraded", 0),
    "NEES": ("nees_mean", 1),
    "ms": ("ms", 1),
}


@dataclass
class Odometry:
    """Follow simulated AMRs past people by fused odometry, by cameras alone and by wheels and IMU alone.

    Frames are drawn as they are followed. The window is optimised in the same thread as the rest, so that a
    drive repeats to the last bit; its time is in the frame's.

    Attributes:
        seeds: drives, seeds 0 up: each of another hall, route, people and noise.
        length: of a drive, m.
        rate: pictures of each camera a second.
        keep: folder for each drive's figures, trajectory and plot; drives that it has are not made again.
        json: file to write the figures to, with the facts of the machine.
    """

    seeds: int = 5
    length: float = 200.0
    rate: float = 10.0
    keep: Path | None = None
    json: Path | None = None

    def run(self) -> None:
        """Drive, print and write."""
        from ...twin.record.scenario import SCENARIOS

        if self.seeds < 1:
            raise ValueError(f"--seeds is {self.seeds}; there must be at least 1.")
        machine = machine_facts()
        scenario = replace(SCENARIOS["amr-workers"], length=self.length, frame_rate=self.rate)
        drives = [self._drive(scenario, seed) for seed in track(range(self.seeds), "driving")]
        print(f"{self.length:g} m at {self.rate:g} Hz, {scenario.workers} people, {on_machine(machine)}")
        for run in _RUNS:
            table = np.array([_figures(drive[run]) for drive in drives])
            rows = [_row(f"seed {seed}", values) for seed, values in enumerate(table)]
            rows += [_row("median", np.median(table, axis=0)), _row("worst", _worst(table))]
            print_table(run, ("", *_FIGURES), rows)
        write_json(self.json, {"drives": drives}, machine)

    def _drive(self, scenario: Scenario, seed: int) -> dict[str, Any]:
        """A drive's figures, from the folder if it has them."""
        if self.keep is None:
            return _drive(scenario, seed, None)
        self.keep.mkdir(parents=True, exist_ok=True)
        kept = self.keep / f"seed{seed}.json"
        if not kept.is_file():
            write_json(kept, _drive(scenario, seed, self.keep), machine_facts())
        drive = json.loads(kept.read_text())
        if drive["scenario"] != asdict(scenario):
            raise ValueError(f"{kept} is of another length or rate; give another folder to --keep.")
        return drive


def _drive(scenario: Scenario, seed: int, keep: Path | None) -> dict[str, Any]:
    """Follow one drive in all ways."""
    from ...perception.odometry.config import OdometryConfig
    from ...perception.odometry.replay import odometry_for, replay, trajectory_of
    from ...perception.odometry.summary import errors_of, summary_of
    from ...perception.odometry.wheel_inertial import wheel_inertial_estimates
    from ...perception.trajectory import write_tum
    from ...policies.figure_style import save_figure
    from ...twin.record.recorder import record
    from ...twin.record.rig import RecordCfg
    from ..perceive.report.odometry import odometry_figure

    begin = time.perf_counter()
    recording = record(scenario, RecordCfg(seed=seed))
    assert recording.truth and recording.wheels
    cfg = OdometryConfig(background=False)
    fused, cameras = (replay(recording, odometry_for(recording, cfg), motion) for motion in (True, False))
    # In step, so that each frame is drawn once.
    seen = list(zip(fused, cameras, strict=True))
    times = np.array([estimate.time for estimate, _ in seen])
    alone = wheel_inertial_estimates(times, recording.wheels, recording.imu, recording.imu_noise)
    ways = (*map(list, zip(*seen, strict=True)), alone)
    runs: dict[str, list[Estimate]] = dict(zip(_RUNS, ways, strict=True))
    if keep is not None:
        write_tum(keep / f"seed{seed}.tum", trajectory_of(runs["fused"]))
        save_figure(odometry_figure(runs, recording.truth), keep / f"seed{seed}.png")
    figures = {name: {**summary_of(way), **errors_of(way, recording.truth)} for name, way in runs.items()}
    took = time.perf_counter() - begin
    return {"seed": seed, "scenario": asdict(scenario), "seconds": took, **figures}


def _figures(run: dict[str, Any]) -> list[float]:
    """The numbers of a row."""
    flat = {**run, "degraded": run["status"]["degraded"], "ms": run["ms"]["all"]["mean"]}
    return [flat[key] for key, _ in _FIGURES.values()]


def _worst(table: np.ndarray) -> np.ndarray:
    """The worst of each column: the least share of frames not lost, the most of all else."""
    worst = table.max(axis=0)
    completion = list(_FIGURES).index("not lost %")
    worst[completion] = table[:, completion].min()
    return worst


def _row(name: str, values: Sequence[float] | np.ndarray) -> list[str]:
    digits = [digits for _, digits in _FIGURES.values()]
    return [name, *(f"{value:.{n}f}" for value, n in zip(values, digits, strict=True))]
