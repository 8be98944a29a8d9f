"""The action dependency graph of a plan: who enters a cell after whom, whenever that is.

Hönig, Kiesel, Tinka, Durham, Ayanian 2019, Persistent and Robust Execution of MAPF Schedules in Warehouses
(RA-L 4). Moves carry no times. However late robots are, none enters a cell that another holds, and since the
graph has no circle some robot can always go on until all are at their goals.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..errors import FleetError

Move = tuple[int, int]
"""A robot, and the number of its move from 1."""


class DependencyGraph:
    """Which moves may begin, given which have ended.

    Attributes:
        visits: the cells of each robot, in turn, without waiting; move k leads from visit k - 1 to visit k.
    """

    def __init__(self, paths: Sequence[npt.ArrayLike]) -> None:
        """Order all moves into each cell as the plan does.

        Args:
            paths: (T_i + 1,) vertices of each robot from step 0; it stays where its path ends.

        Raises:
            FleetError: robots go round in a circle without an empty cell, where each waits for the next.
        """
        self.visits: list[npt.NDArray[np.int64]] = []
        arrivals: dict[int, list[tuple[int, int, int]]] = {}
        for robot, path in enumerate(paths):
            cells = np.asarray(path, np.int64)
            steps = np.concatenate([[0], 1 + np.flatnonzero(np.diff(cells))])
            self.visits.append(cells[steps])
            for visit, step in enumerate(steps.tolist()):
                arrivals.setdefault(int(cells[step]), []).append((step, robot, visit))
        # Before a move, the cell's last visitor must have ended its move out of it.
        self._needs: dict[Move, Move] = {}
        for visitors in arrivals.values():
            visitors.sort()
            for (_, before, left), (_, robot, visit) in pairwise(visitors):
                if before != robot:
                    self._needs[robot, visit] = (before, left + 1)
        self._refuse_circles()

    def released(self, ended: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """How far each robot may go now without stopping.

        Args:
            ended: (n,) moves that each robot has ended.

        Returns:
            (n,) number of the last move that it may begin; `ended` itself where it waits or has arrived.
        """
        done = np.asarray(ended, np.int64)
        return np.array([self._reach(robot, int(move), done) for robot, move in enumerate(done)], np.int64)

    def _reach(self, robot: int, move: int, ended: npt.NDArray[np.int64]) -> int:
        while move + 1 < len(self.visits[robot]):
            need = self._needs.get((robot, move + 1))
            if need is not None and ended[need[0]] < need[1]:
                break
            move += 1
        return move

    def _refuse_circles(self) -> None:
        """End all moves as soon as they are released; those that are left wait for each other."""
        waiting: dict[Move, list[int]] = {}
        ended = np.zeros(len(self.visits), np.int64)
        ready = deque(range(len(self.visits)))
        while ready:
            robot = ready.popleft()
            while ended[robot] + 1 < len(self.visits[robot]):
                need = self._needs.get((robot, int(ended[robot]) + 1))
                if need is not None and ended[need[0]] < need[1]:
                    waiting.setdefault(need, []).append(robot)
                    break
                ended[robot] += 1
                ready.extend(waiting.pop((robot, int(ended[robot])), ()))
        left = [robot for robot, cells in enumerate(self.visits) if ended[robot] + 1 < len(cells)]
        if left:
            names = ", ".join(map(str, left[:8])) + (", ..." if len(left) > 8 else "")
            raise FleetError(
                f"Robots {names} wait for each other: the plan lets some go round in a full circle."
            )
