"""`gaitway fleet dispatch`: tours for a file of Solomon's or of Li and Lim's benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tyro.conf import Positional

if TYPE_CHECKING:
    from ...fleet.dispatch.problem import TourProblem
    from ...fleet.dispatch.tours import Tours


@dataclass
class Dispatch:
    """Plan tours with time windows and capacities, and shorter ones until the time is over.

    Attributes:
        file: in Solomon's form (goods from a depot), or Li and Lim's (pickups before deliveries).
        seconds: for everything.
        json: file for routes, cost, bound, and what was found when.
        vehicles_first: fewer vehicles count before shorter ways, as in the tables of these benchmarks.
        backend: pyvrp; ruin, our own; cuopt where it is installed; or the better one of the first two.
        seed: of the search.
    """

    file: Positional[Path]
    seconds: float = 10.0
    json: Path | None = None
    vehicles_first: bool = False
    backend: Literal["auto", "pyvrp", "ruin", "cuopt"] = "auto"
    seed: int = 0

    def run(self) -> int:
        """Read, plan, write."""
        from ...fleet.dispatch.fewest import plan_fewest
        from ...fleet.dispatch.instance import read_instance
        from ...fleet.dispatch.plan import plan_tours
        from .write import write_whole

        if self.seed < 0:
            raise ValueError(f"--seed {self.seed}: must be 0 or more.")
        if not 0 < self.seconds < float("inf"):
            raise ValueError(f"--seconds {self.seconds:g}: must be above 0.")
        instance = read_instance(self.file)
        problem = instance.problem()
        if self.vehicles_first:
            if self.backend not in ("auto", "ruin"):
                raise ValueError(f"--vehicles-first: {self.backend} cannot; ruin can.")
            tours = plan_fewest(problem, self.seconds, self.seed)
        else:
            tours = plan_tours(problem, self.seconds, self.seed, backend=self.backend)
        document = tours_document(problem, tours)
        if self.json:
            write_whole(self.json, {"instance": instance.name, **document})
        print(
            f"{len(document['routes'])} vehicles, distance {document['distance']:.2f}; "
            f"no tours are shorter than {tours.bound:.2f}, by {tours.backend}."
        )
        return 0


def tours_document(problem: TourProblem, tours: Tours) -> dict[str, Any]:
    """Tours for a file: routes are the file's numbers of customers, in order."""
    from ...fleet.dispatch.tours import length, stop_of

    used = [(v, tour) for v, tour in zip(problem.vehicles, tours.tours, strict=True) if tour]
    return {
        "backend": tours.backend,
        "distance": sum(length(problem, vehicle, tour) for vehicle, tour in used),
        "cost": tours.cost,
        "bound": tours.bound,
        "gap": tours.gap,
        "history": [[round(seconds, 3), cost] for seconds, cost in tours.history],
        "routes": [[stop_of(problem, visit).place for visit in tour] for _, tour in used],
    }
