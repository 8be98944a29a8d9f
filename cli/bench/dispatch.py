"""`gaitway bench dispatch`: open orders planned again, and files of benchmarks beside what is known."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from ...fleet.dispatch.instance import Instance


@dataclass
class Dispatch:
    """Plan open orders again and again, and tours for files of Solomon's and of Li and Lim's benchmarks.

    Attributes:
        files: folder of benchmark files (.txt), which are not in this repository; none are read by default.
        best: CSV of what is known: name, vehicles, distance. Without vehicles, the least distance with one
            decimal cut off each way, as it is published for Solomon's files; with them, fewer vehicles first.
        seconds: for each file.
        orders: open ones of the rolling plan, a fifth of them on board.
        vehicles: of the rolling plan.
        replans: how often.
        json: file for the figures, with the facts of the machine.
    """

    files: Path | None = None
    best: Path | None = None
    seconds: float = 60.0
    orders: int = 200
    vehicles: int = 100
    replans: int = 10
    json: Path | None = None

    def run(self) -> None:
        """Run both, print and write."""
        from .dispatch_rolling import rolling

        for name in ("orders", "vehicles", "replans"):
            if getattr(self, name) < 1:
                raise ValueError(f"--{name} {getattr(self, name)}: must be 1 or more.")
        files = [] if self.files is None else sorted(self.files.glob("*.txt"))
        if self.files is not None and not files:
            raise ValueError(f"--files {self.files}: there is no file that ends in .txt.")
        machine = machine_facts()
        known = {} if self.best is None else _read_best(self.best)
        plans = rolling(self.orders, self.vehicles, self.replans)
        print_table(
            f"{self.orders} open orders planned again for {self.vehicles} vehicles; {on_machine(machine)}",
            list(plans[0]),
            [[str(value) for value in plan.values()] for plan in plans],
        )
        found = [self._file(file, known) for file in files]
        if found:
            columns = ("name", "backend", "vehicles", "distance", "best", "gap_percent", "processor_s")
            print_table("Files", columns, [[str(row[column]) for column in columns] for row in found])
        document = {
            "orders": self.orders,
            "vehicles": self.vehicles,
            "rolling": plans,
            "seconds": self.seconds,
        }
        write_json(self.json, {**document, "files": found}, machine)

    def _file(self, file: Path, known: dict[str, tuple[int | None, float]]) -> dict[str, Any]:
        from ...fleet.dispatch.fewest import plan_fewest
        from ...fleet.dispatch.instance import read_instance
        from ...fleet.dispatch.plan import plan_tours

        instance = read_instance(file)
        problem = instance.problem()
        fewest, best = known.get(file.stem.lower(), (None, None))
        begin = process_time()
        tours = plan_tours(problem, self.seconds) if fewest is None else plan_fewest(problem, self.seconds)
        used = sum(map(bool, tours.tours))
        distance = tours.cost if fewest is not None else _cut(instance, tours.tours)
        gap = None if best is None else round(100 * (distance / best - 1), 2)
        return {
            "name": file.stem,
            "backend": tours.backend,
            "vehicles": used,
            "distance": round(distance, 2),
            "best": f"{'' if fewest is None else f'{fewest} / '}{best}",
            "gap_percent": gap if fewest is None or used == fewest else f"{used - fewest} more vehicles",
            "bound": round(tours.bound, 2),
            "processor_s": round(process_time() - begin, 1),
        }


def _cut(instance: Instance, tours: Any) -> float:
    """Length of tours when each way is cut off after one decimal, as in the published optima."""
    import numpy as np

    distance = np.floor(10 * instance.problem().distance + 1e-9) / 10
    ways = 0.0
    for tour in tours:
        places = [0, *(visit.job + 1 for visit in tour), 0]
        ways += distance[places[:-1], places[1:]].sum()
    return float(ways)


def _read_best(file: Path) -> dict[str, tuple[int | None, float]]:
    known = {}
    with file.open(newline="", encoding="utf-8") as rows:
        for line, row in enumerate(csv.reader(rows), 1):
            try:
                name, vehicles, distance = row
                known[name.lower()] = (int(vehicles) if vehicles else None, float(distance))
            except ValueError:
                raise ValueError(
                    f"{file}, line {line}: must be name, vehicles or nothing, distance."
                ) from None
    return known
