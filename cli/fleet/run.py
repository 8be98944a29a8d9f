"""`gaitway fleet run`: lifelong traffic on a problem of the League of Robot Runners."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

ACTIONS = "FRWC"
"""Forward, clockwise, wait, counter-clockwise: by (change of heading) % 4, forward where the cell changes."""


@dataclass
class Run:
    """Drive robots from task to task, with headings and turns, and write what each did in the League's form.

    Tasks are dealt in their order to who is free; a robot faces east at first.

    Attributes:
        problem: JSON that names a map, robots and tasks.
        steps: how long, at most; it ends earlier when every task is done.
        json: file for teamSize, makespan, numTaskFinished and actualPaths, one of F, R, C and W a step.
    """

    problem: Annotated[Positional[Path], arg(metavar="JSON")]
    steps: int = 500
    json: Path | None = None

    def run(self) -> int:
        """Read, drive, write."""
        import numpy as np

        from ...fleet.graph import grid_graph
        from ...fleet.lifelong.errands import Errands
        from ...fleet.lifelong.lanes import lane_weights
        from ...fleet.lifelong.traffic import Traffic
        from ...fleet.maps.robot_runners import read_robot_runners
        from .write import write_whole

        if self.steps < 1:
            raise ValueError(f"--steps {self.steps}: must be 1 or more.")
        problem = read_robot_runners(self.problem)
        graph = grid_graph(problem.free)
        traffic = Traffic(graph, graph.vertex[problem.start], weights=lane_weights(graph))
        errands = Errands(traffic, [[int(graph.vertex[cell]) for cell in task] for task in problem.tasks])
        actions = []
        while traffic.steps < self.steps and errands.finished < len(problem.tasks):
            cell, heading = traffic.cell.copy(), traffic.heading.copy()
            errands.step()
            turn = (traffic.heading - heading) % 4
            actions.append(np.where(traffic.cell != cell, 0, np.where(turn, turn, 2)))
        done = np.array(list(ACTIONS))[np.array(actions, int).reshape(-1, len(traffic)).T]
        if self.json:
            document = {
                "actionModel": "MAPF_T",
                "teamSize": len(traffic),
                "makespan": traffic.steps,
                "numTaskFinished": errands.finished,
                "actualPaths": [",".join(row) for row in done],
            }
            write_whole(self.json, document)
        rate = errands.finished / max(1, traffic.steps)
        print(
            f"{len(traffic)} robots did {errands.finished} tasks in {traffic.steps} steps, {rate:.2f} a step."
        )
        return 0
