"""`gaitway bench twin`: an aisle is blocked while orders run, in many seeded shifts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from ...twin.ceiling.hall import Hall
    from ...twin.warehouse.trial import Trial


@dataclass
class Twin:
    """Block an aisle in seeded shifts of the keynote's hall, each with and without anybody going round it.

    Attributes:
        seeds: how many shifts. seed: of the first; the others follow.
        keep: folder for the result of each; a shift whose result is there is not run again.
        halls: folder in which halls are kept once their cameras' views are drawn.
        json: file for the figures, with the facts of the machine.
    """

    seeds: int = 50
    seed: int = 0
    keep: Path | None = None
    halls: Path = Path("out/halls")
    json: Path | None = None

    def run(self) -> None:
        """Run all, print and write."""
        from ...twin.ceiling.hall import open_hall
        from ...twin.warehouse.trial import KEYNOTE

        if self.seeds < 1:
            raise ValueError(f"--seeds {self.seeds}: must be 1 or more.")
        machine = machine_facts()
        hall = open_hall(self.halls, KEYNOTE.hall.warehouse)
        trials = []
        for seed in range(self.seed, self.seed + self.seeds):
            trials.append(self._trial(hall, seed))
            print(_line(trials[-1]), flush=True)
        figures = summary(trials)
        print_table(
            f"{self.seeds} shifts with a blocked aisle, {on_machine(machine)}",
            ("", "median", "most"),
            [(name, *(f"{figures[name][key]:.2f}" for key in ("median", "most"))) for name in _SPREADS],
        )
        print(
            f"delivered while it was blocked: {figures['share_rerouted']:.1%} of the unblocked shift, "
            f"{figures['share_ignored']:.1%} without going round; {figures['contacts']} contacts, "
            f"{figures['near_misses']} near misses, AMRs at most {figures['astray']:.2f} m astray, "
            f"{figures['lost']} orders lost, {figures['unseen']} not seen, "
            f"{figures['false_alarms']} false alarms"
        )
        write_json(self.json, {**figures, "trials": [asdict(trial) for trial in trials]}, machine)

    def _trial(self, hall: Hall, seed: int) -> Trial:
        from ...assets.whole_file import whole_file
        from ...twin.warehouse.trial import Trial, run_trial

        if self.keep is None:
            return run_trial(hall, seed)
        self.keep.mkdir(parents=True, exist_ok=True)
        path = self.keep / f"shift_{seed:04d}.json"
        if path.is_file():
            try:
                return Trial(**json.loads(path.read_text()))
            except (TypeError, ValueError) as error:
                raise ValueError(f"{path} is no result ({error}); delete it to run it again.") from error
        trial = run_trial(hall, seed)
        with whole_file(path) as partial:
            partial.write_text(json.dumps(asdict(trial), indent=1) + "\n")
        return trial


_SPREADS = ("detected", "updated", "accepted")


def summary(trials: list[Trial]) -> dict[str, Any]:
    """Figures over all trials."""
    figures: dict[str, Any] = {}
    for name in _SPREADS:
        values = [value for trial in trials if (value := getattr(trial, name)) is not None]
        figures[name] = {
            "median": float(np.median(values)) if values else float("nan"),
            "most": max(values, default=float("nan")),
        }
    unblocked = sum(trial.unblocked for trial in trials)
    figures["share_rerouted"] = sum(trial.rerouted for trial in trials) / max(unblocked, 1)
    figures["share_ignored"] = sum(trial.ignored for trial in trials) / max(unblocked, 1)
    figures["unseen"] = sum(trial.detected is None for trial in trials)
    for name in ("contacts", "near_misses", "lost", "false_alarms"):
        figures[name] = sum(getattr(trial, name) for trial in trials)
    figures["astray"] = max(trial.astray for trial in trials)
    return figures


def _line(trial: Trial) -> str:
    seen = "not seen" if trial.detected is None else f"seen after {trial.detected:.1f} s"
    return (
        f"shift {trial.seed}: {trial.place} {seen}, {trial.rerouted} orders (unblocked {trial.unblocked}, "
        f"not gone round {trial.ignored}), {trial.contacts} contacts"
    )
