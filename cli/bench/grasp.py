"""`gaitway bench grasp`: how many of the grasps that are offered first hold, by physics."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from ...twin.grasp.score_grasps import TriedGrasp


@dataclass
class Grasp:
    """Drop each warehouse object, hold it by the best grasp, lift it by 25 cm and shake it for 3 s.

    A grasp holds if what it gripped slips by less than 2 cm in the hand and turns by less than 45 degrees.

    Attributes:
        drops: of each of the ten objects, for each hand.
        hands: which to try: two fingers, a suction cup, or both.
        objects: which of the catalogue; all by default.
        seed: of the first drop; the others follow.
        json: file to write the figures to, with the facts of the machine.
        pictures: folder for a strip of pictures of the first drop of each object.
    """

    drops: int = 20
    hands: tuple[Literal["fingers", "cup"], ...] = ("fingers", "cup")
    objects: tuple[str, ...] = ()
    seed: int = 0
    json: Path | None = None
    pictures: Path | None = None

    def run(self) -> None:
        """Try, print and write."""
        from ...assets.objects import CATALOGUE, object_file
        from ...twin.grasp.hand import GRIP_FORCE, PAD_FRICTION, VACUUM
        from ...twin.grasp.score_grasps import POSE_NOISE

        if self.drops < 1:
            raise ValueError(f"--drops is {self.drops}; there must be at least 1.")
        for name in self.objects:
            object_file(name)  # says which there are
        machine = machine_facts()
        tried = [
            trial
            for kind in self.hands
            for name in self.objects or CATALOGUE
            for trial in self._try(name, kind)
        ]
        summaries = {kind: _by_object([t for t in tried if t.kind == kind]) for kind in self.hands}
        for kind, rows in summaries.items():
            title = f"Grasps by {kind} that hold, {on_machine(machine)}"
            columns = ("object", "drops", "offered", "hold", "of offered", "slip, median mm")
            print_table(title, columns, [_cells(name, row) for name, row in rows.items()])
        settings = {
            "drops": self.drops,
            "seed": self.seed,
            "grip_force_n": GRIP_FORCE,
            "pad_friction": PAD_FRICTION,
            "vacuum_pa": VACUUM,
            "pose_noise": POSE_NOISE,
        }
        result = {**settings, "summary": summaries, "trials": [asdict(trial) for trial in tried]}
        write_json(self.json, result, machine)

    def _try(self, name: str, kind: str) -> list[TriedGrasp]:
        from ...twin.grasp.film import save_strip
        from ...twin.grasp.score_grasps import GraspTrial

        trial = GraspTrial(name, kind)
        seeds = range(self.seed, self.seed + self.drops)
        if self.pictures:
            first = save_strip(self.pictures / f"{name}_{kind}.png", trial, self.seed)
            return [first, *map(trial.run, seeds[1:])]
        return [trial.run(seed) for seed in seeds]


def _by_object(tried: list[TriedGrasp]) -> dict[str, dict[str, Any]]:
    names = ["all", *dict.fromkeys(trial.name for trial in tried)]
    return {name: _summary([t for t in tried if name in ("all", t.name)]) for name in names}


def _summary(tried: list[TriedGrasp]) -> dict[str, Any]:
    from ...policies.scoring.intervals import rate_interval

    offered = [trial for trial in tried if trial.planned]
    holds = sum(trial.holds for trial in offered)
    return {
        "drops": len(tried),
        "offered": len(offered),
        "hold": holds,
        "rate": holds / len(offered) if offered else None,
        "interval": rate_interval(holds, len(offered)) if offered else None,
        "slip_median_mm": 1e3 * float(np.median([t.slip for t in offered])) if offered else None,
    }


def _cells(name: str, row: dict[str, Any]) -> tuple[str, ...]:
    if not row["offered"]:
        return name, str(row["drops"]), "0", "-", "-", "-"
    low, high = row["interval"]
    rate = f"{row['rate']:.1%} ({low:.1%} to {high:.1%})"
    return (
        name,
        str(row["drops"]),
        str(row["offered"]),
        str(row["hold"]),
        rate,
        f"{row['slip_median_mm']:.1f}",
    )
