"""`gaitway bench pose`: how well and how fast objects are found in simulated bins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from ...twin.bins.score_poses import BinTrial, ScoredPose


@dataclass
class Pose:
    """Drop warehouse objects into bins, look at them with a noisy depth camera, and find them.

    Objects of which at least 60 % is seen are asked for, each by a mask whose rim is a pixel out or in.

    Attributes:
        bins: how many.
        per_bin: objects in each, of ten.
        seed: of the first bin; the others follow.
        threads: of the CPU that perception may use.
        json: file to write the figures to, with the facts of the machine.
        pictures: folder for a picture of each bin with the poses drawn in.
    """

    bins: int = 60
    per_bin: int = 7
    seed: int = 1000
    threads: int = 2
    json: Path | None = None
    pictures: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        from ...twin.bins.models import cad_model
        from ...twin.bins.overlay import save_overlay
        from ...twin.bins.score_poses import BinTrial

        if self.bins < 1:
            raise ValueError(f"--bins is {self.bins}; there must be at least 1.")
        machine = machine_facts()
        trial = BinTrial(self.per_bin, self.threads)
        scored: list[ScoredPose] = []
        list(trial.run(self.seed - 1))  # compiles kernels
        for seed in range(self.seed, self.seed + self.bins):
            rows = list(trial.run(seed))
            scored += [row for row, _, _ in rows]
            if self.pictures and rows:
                save_overlay(self.pictures / f"bin_{seed}.png", trial, rows)
        if not scored:
            raise ValueError("No object was seen well enough in any bin; give more --bins.")
        kinds = {"all": scored} | {
            name: [row for row in scored if row.name == name] for name in sorted({row.name for row in scored})
        }
        kinds["cuboids"] = [row for row in scored if cad_model(row.name).is_box]
        kinds["other meshes"] = [row for row in scored if not cad_model(row.name).is_box]
        kinds["60-75 % seen"] = [row for row in scored if row.visible < 0.75]
        summaries = {kind: summary(rows) for kind, rows in kinds.items() if rows}
        columns = ("objects", "n", "ADD-S < 1 cm", "turn (median)", "BOP AR", "ms (median)", "ms (p95)")
        cells = [
            (
                kind,
                str(s["n"]),
                f"{s['add_s_recall_1cm']:.1%}",
                f"{s['turn_median_deg']:.2f} deg",
                f"{s['bop_recalls']['ar']:.3f}",
                f"{s['ms_median']:.0f}",
                f"{s['ms_p95']:.0f}",
            )
            for kind, s in summaries.items()
        ]
        print_table(f"Poses in {self.bins} bins, {on_machine(machine)}", columns, cells)
        tracking = self._track(trial)
        settings = {"bins": self.bins, "per_bin": self.per_bin, "seed": self.seed, "threads": self.threads}
        write_json(self.json, {**settings, "summary": summaries, "tracking": tracking}, machine)

    def _track(self, trial: BinTrial) -> dict[str, Any]:
        """Follow each object, print a table, and return its figures."""
        from ...twin.bins.score_tracking import follow

        tracked = [follow(estimator, self.seed) for estimator in trial.estimators.values()]
        figures = {
            one.name: {
                "frames": one.frames,
                "lost": one.lost,
                "add_s_p95_mm": 1e3 * float(np.percentile(one.add_s, 95)) if len(one.add_s) else None,
                "hz_median": float(1 / np.median(one.seconds)),
                "hz_p5": float(1 / np.percentile(one.seconds, 95)),
            }
            for one in tracked
        }
        rows = [
            (name, str(f["lost"]), f"{f['add_s_p95_mm']:.1f}", f"{f['hz_median']:.0f}", f"{f['hz_p5']:.0f}")
            for name, f in figures.items()
            if f["add_s_p95_mm"] is not None
        ]
        columns = ("followed", "frames lost", "ADD-S (p95), mm", "Hz (median)", "Hz (slowest 5 %)")
        print_table(f"{tracked[0].frames} frames of each object in motion", columns, rows)
        return figures


def summary(rows: list[ScoredPose]) -> dict[str, Any]:
    """Figures over some objects; one that is not found counts as wrong."""
    from ...perception.metrics.pose import area_under_recall
    from ...perception.metrics.pose_report import average_recall
    from ...policies.scoring.intervals import rate_interval
    from ...twin.bins.view import WIDTH

    found = np.array([row.found for row in rows])
    add_s = np.where(found, [row.errors.add_s for row in rows], np.inf)
    right = add_s < 0.01
    recalls = average_recall([row.errors for row in rows], found, WIDTH)
    turns = np.degrees([row.turn for row in rows])
    milliseconds = 1e3 * np.array([row.seconds for row in rows])
    return {
        "n": len(rows),
        "found": float(found.mean()),
        "add_s_recall_1cm": float(right.mean()),
        "add_s_recall_interval": rate_interval(int(right.sum()), len(rows)),
        "add_s_auc_10cm": area_under_recall(add_s),
        "add_s_median_mm": 1e3 * float(np.median([row.errors.add_s for row in rows])),
        "turn_median_deg": float(np.median(turns)),
        "turn_p90_deg": float(np.percentile(turns, 90)),
        "wrong_but_found": int((found & ~right).sum()),
        "bop_recalls": recalls,
        "ms_median": float(np.median(milliseconds)),
        "ms_p95": float(np.percentile(milliseconds, 95)),
    }
