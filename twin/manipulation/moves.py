"""Plans and moves, again and again while somebody is in the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ...perception.poses import Array
from ...planning.collision.obstacles import Obstacle
from ...planning.collision.world import World
from ...planning.errors import PlanFailure
from ...planning.planner.plan import Plan
from ...planning.planner.planner import Planner
from ...planning.trajectory.trajectory import Trajectory
from .arm import Arm
from .drive import Driver, Watch
from .plans import straight

Ways = dict[str, Obstacle]
_PATIENCE = 20.0  # s of the cell that a way is waited for
_AGAIN = 0.3  # s between two plans that fail because somebody is there


@dataclass
class Notes:
    """What moving took.

    Attributes:
        thinking: s of the computer's time for planning.
        error: rad, the largest distance of a joint from where it was sent.
        waited: s of the cell that the arm stood or was slowed down for somebody.
    """

    thinking: float = 0.0
    error: float = 0.0
    waited: float = 0.0


class Mover:
    """Moves an arm by plans, around intruders.

    Attributes:
        notes: since they were last replaced.
    """

    def __init__(self, arm: Arm, lookout: Watch) -> None:
        self._arm, self._lookout = arm, lookout
        self._driver = Driver(arm, lookout)
        self.notes = Notes()

    @property
    def target(self) -> Array:
        """Where the arm was sent last, (7,) rad."""
        return self._driver.target

    def go(self, planner: Planner, make: Callable[[Array, Ways], Plan]) -> Plan:
        """Move by the plan that `make` gives for a start (7,) and intruders.

        Raises:
            PlanFailure: there is no plan and nobody in the way, or somebody is for too long.
        """
        self.carry(planner)
        deadline = self._arm.time + _PATIENCE
        while True:
            begin = time.perf_counter()
            try:
                plan = make(self.target, dict(self._driver.intruders))
            except PlanFailure:
                self.notes.thinking += time.perf_counter() - begin
                if not self._driver.intruders or self._arm.time > deadline:
                    raise
                self._driver.wait(_AGAIN)
                self.notes.waited += _AGAIN
                continue
            self.notes.thinking += time.perf_counter() - begin
            if self._follow(plan.trajectory, plan.straight_from):
                return plan
            if self._arm.time > deadline:
                raise PlanFailure("Somebody is in the way for too long.", stage="path")

    def straight(self, planner: Planner, pose: Array, world: World | None = None) -> None:
        """Move straight to a pose (4, 4) of the tool; see `plans.straight`.

        Raises:
            PlanFailure: it is out of reach, or not free.
        """
        begin = time.perf_counter()
        plan = straight(planner, self.target, pose, world)
        self.notes.thinking += time.perf_counter() - begin
        self.commit(plan.trajectory)

    def carry(self, planner: Planner) -> None:
        """Let who looks out know what a planner holds: outside the bin it is nobody who reaches in."""
        self._lookout.body = planner.body

    def commit(self, trajectory: Trajectory) -> None:
        """Move along a trajectory that may not be given up.

        Raises:
            PlanFailure: somebody is in the way for too long.
        """
        if not self._follow(trajectory, 0.0):
            raise PlanFailure("Somebody is in the way for too long.", stage="path")

    def _follow(self, trajectory: Trajectory, committed_after: float) -> bool:
        """Move along a trajectory; whether it came to its end."""
        moved = self._driver.follow(trajectory, committed_after)
        self.notes.error = max(self.notes.error, moved.error)
        self.notes.waited += moved.waited
        return moved.done

    def stand(self, seconds: float) -> None:
        """Stand for some seconds."""
        self._driver.wait(seconds)
