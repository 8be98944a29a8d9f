"""`gaitway fleet solve`: paths without collisions from every robot's start to its goal."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tyro.conf import Positional

if TYPE_CHECKING:
    from ...fleet.oneshot.solve import Solution


@dataclass
class Solve:
    """Find paths for the first robots of a scenario, and shorter ones until the time is over.

    Robots move up, down, left and right, one cell a step, or wait; no two are on one cell, no two change
    places. The exit status is 1 if no plan was found; the file then says `"solved": false`.

    Attributes:
        map: in movingai's form.
        scen: starts and goals in movingai's form; x is the column, y the row.
        agents: how many robots, from the first; all of the file by default.
        json: file for the plan.
        seconds: for everything; what the first plan leaves goes into its improvement.
        seed: of ties and of the improvement.
    """

    map: Positional[Path]
    scen: Positional[Path]
    agents: int | None = None
    json: Path | None = None
    seconds: float = 5.0
    seed: int = 0

    def run(self) -> int:
        """Read, solve, write; 0 if there is a plan."""
        import numpy as np

        from ...fleet.graph import grid_graph
        from ...fleet.maps.movingai import read_map, read_scenario
        from ...fleet.oneshot.solve import solve
        from .write import write_whole

        if self.agents is not None and self.agents < 1:
            raise ValueError(f"--agents {self.agents}: must be 1 or more.")
        if not 0 < self.seconds < float("inf"):
            raise ValueError(f"--seconds {self.seconds:g}: must be above 0.")
        if self.seed < 0:
            raise ValueError(f"--seed {self.seed}: must be 0 or more.")
        free = read_map(self.map)
        if not free.any():
            raise ValueError(f"{self.map}: no cell is free.")
        scenario = read_scenario(self.scen, free, self.agents)
        graph = grid_graph(free)
        # Two robots that change ends of a ladder: what is compiled for them does not count below.
        solve(grid_graph(np.ones((2, 3), bool)), [0, 2], [2, 0], rounds=5)
        solution = solve(graph, graph.at(scenario.start), graph.at(scenario.goal), self.seconds, self.seed)
        if self.json:
            write_whole(self.json, plan_document(solution))
        if not solution.is_solved:
            print(f"gaitway fleet solve: {self.scen}: {solution.reason}", file=sys.stderr)
            return 1
        print(
            f"{len(solution.paths)} robots in {solution.makespan} steps, {solution.sum_of_costs} in all "
            f"(shortest paths {solution.least}); a plan after {solution.first:.3f} s, this one after "
            f"{solution.runtime:.3f} s."
        )
        return 0


def plan_document(solution: Solution) -> dict[str, Any]:
    """The plan for a file: each path is x, y from step 0 until the robot stays at its goal."""
    return {
        "solved": solution.is_solved,
        "runtime_s": round(solution.runtime, 6),
        "makespan": solution.makespan,
        "sum_of_costs": solution.sum_of_costs,
        "paths": [path.tolist() for path in solution.paths],
    }
