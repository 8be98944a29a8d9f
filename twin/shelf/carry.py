"""With a thing in the hand: to the tote and into it, or back to where it stood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...perception.poses import Array
from ...planning.collision.world import World
from ...planning.errors import PlanFailure
from ...planning.kinematics.forward_numba import tip_poses
from ...planning.planner.plan import Plan
from ...planning.planner.planner import Planner
from ...planning.trajectory.retime import retime
from ..manipulation.grip import Grip
from ..manipulation.hands import Hold
from ..manipulation.moves import Mover, Ways
from ..manipulation.plans import carrying, straight
from ..manipulation.things import Look, Thing
from ..manipulation.tote import heights, places
from .plans import APPROACH, planner_of, to_view, turned_down, world_of
from .shop import TOTE

_NEAR = 0.4  # rad of any joint to a free configuration that is gone to as things are
_FARTHER = np.array([-0.10, 0.0, 0.03])  # m in the shelf's frame, where the first way out was too short
_BARE = world_of(None, tote=False)
_TRIES = 5  # places over the tote from which a straight way down is looked for


class Carrier:
    """Brings what the hand holds from a board into the tote.

    Args:
        mover: of the arm.
        grip: its hand.
    """

    def __init__(self, mover: Mover, grip: Grip) -> None:
        self._mover, self._grip = mover, grip

    def bring(
        self, hold: Hold, wanted: Thing, beside: list[Thing], before: Look, shelf: Array, ground: float
    ) -> None:
        """Put it into the tote; if there is no way, back to where it stood.

        Args:
            hold: by which it is held, before the board.
            wanted, beside: what is held, and what stands beside it.
            before: picture of the tote.
            shelf: `base_from_shelf`.
            ground: height of the board, m in the base.

        Raises:
            PlanFailure: there is no way to the tote, or no room in it.
        """
        planner = planner_of(hold.kind)
        laden = carrying(planner, hold, wanted)
        turned, points = turned_down(hold, wanted.points)
        poses, rises = places(heights(before, TOTE), turned, points, TOTE)
        above = poses.copy()
        above[:, 2, 3] += rises
        try:
            if not len(poses):
                raise PlanFailure("There is no room for it in the tote.", stage="goal")
            chosen = self._over_tote(planner, laden, poses, above, shelf, world_of(shelf, beside, ground))
        except PlanFailure:
            self._put_back(planner, hold)
            raise
        try:
            self._mover.straight(planner, poses[chosen], _BARE)
        except PlanFailure:  # it is over the tote, and falls into it from higher up
            self._grip.let_go()
            return
        self._grip.let_go()
        self._mover.straight(planner, above[chosen], _BARE)

    def _over_tote(
        self, planner: Planner, laden: Planner, poses: Array, above: Array, shelf: Array, world: World
    ) -> int:
        """To one of the poses `above` the tote; which.

        What is carried may begin in contact, as far as its spheres and what was seen tell: then a little
        aside, and farther out.
        """
        chosen = [0]

        def make(start: Array, _: Ways) -> Plan:
            plan, chosen[0] = _with_way_down(planner, laden, start, poses, above, world)
            return plan

        for farther_out in (False, True):
            try:
                self._go(laden, make)
                return chosen[0]
            except PlanFailure as failure:
                if farther_out or failure.stage != "start":
                    raise
            tool = tip_poses(planner.group, self._mover.target[None])[0]
            tool[:3, 3] += shelf[:3, :3] @ _FARTHER
            self._mover.straight(planner, tool, world_of(shelf))
        raise AssertionError("not reached")

    def _go(self, laden: Planner, make: Callable[[Array, Ways], Plan]) -> None:
        """By a plan; if its start is in contact, by one from the nearest that is not."""
        try:
            self._mover.go(laden, make)
        except PlanFailure as failure:
            if not step_aside(self._mover, laden, failure):
                raise
            self._mover.go(laden, make)

    def _put_back(self, planner: Planner, hold: Hold) -> None:
        """Let it stand where it stood, and draw the hand out of the shelf, as far as that can be done."""
        clear = hold.tool.copy()
        clear[:3, 3] -= 2 * APPROACH * hold.tool[:3, 2]
        try:
            self._mover.straight(planner, hold.tool, _BARE)
            self._grip.let_go()
            self._mover.straight(planner, clear, _BARE)
        except PlanFailure:
            self._grip.let_go()


def step_aside(mover: Mover, planner: Planner, failure: PlanFailure) -> bool:
    """Move to the free configuration that a refused start has nearby; whether there is one."""
    near = failure.nearest
    if failure.stage != "start" or near is None or np.abs(near - mover.target).max() > _NEAR:
        return False
    mover.commit(retime([mover.target, near], planner.limits, 0.0).trajectory)
    return True


def _with_way_down(
    planner: Planner, laden: Planner, start: Array, poses: Array, above: Array, world: World
) -> tuple[Plan, int]:
    """A plan to over the tote from where there is a straight way down, if one is found; and to which pose."""
    left = list(range(len(poses)))
    first: tuple[Plan, int] | None = None
    for _ in range(_TRIES):
        try:
            plan = to_view(laden, start, above[left], world)
        except PlanFailure:
            if first is None:
                raise
            break
        chosen = left[plan.goal]
        first = first or (plan, chosen)
        try:
            straight(planner, plan.trajectory.position(plan.trajectory.duration), poses[chosen], _BARE)
            return plan, chosen
        except PlanFailure:
            left.remove(chosen)
        if not left:
            break
    assert first is not None
    return first
