"""Tasks of several cells, dealt to robots in the order in which they come: first come, first served."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .traffic import Traffic


class Errands:
    """Who is on which task.

    Attributes:
        finished: tasks that are done.
    """

    def __init__(self, traffic: Traffic, tasks: Sequence[Sequence[int]]) -> None:
        """Send everybody to the first cell of a task.

        Args:
            traffic: robots, none of which is sent anywhere.
            tasks: vertices of each.

        Raises:
            FleetError: a task's cell is in a dead end, where its robot would block others.
        """
        self._traffic = traffic
        self._waiting = deque(tasks)
        self._left: list[deque[int]] = [deque() for _ in range(len(traffic))]
        self.finished = 0
        self._send(np.arange(len(traffic)))

    def step(self) -> None:
        """Move everybody by one step, and send on who has arrived."""
        arrived = self._traffic.step()
        self.finished += sum(not self._left[robot] for robot in arrived)
        self._send(arrived)

    def _send(self, robots: npt.NDArray[np.integer]) -> None:
        sent, goals = [], []
        for robot in robots.tolist():
            if not self._left[robot] and self._waiting:
                self._left[robot].extend(self._waiting.popleft())
            if self._left[robot]:
                sent.append(robot)
                goals.append(self._left[robot].popleft())
        if sent:
            self._traffic.send(sent, goals)
