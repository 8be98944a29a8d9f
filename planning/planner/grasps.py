"""Straight ways into grasps and out of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..collision.body import CollisionBody
from ..collision.free_numba import is_free
from ..collision.sweep import sweep
from ..collision.world import World
from ..errors import PlanFailure
from ..kinematics.forward_numba import tip_poses
from ..kinematics.inverse import InverseKinematics
from .goals import GraspGoals
from .level import Leveller
from .line import Line, follow
from .reach import poses_of, solve_free

ENOUGH = 6
"""Ways that are handed to the search for a path, the nearest first."""


@dataclass(frozen=True, eq=False)
class GraspWay:
    """A grasp that can be reached.

    Attributes:
        grasp: its index.
        approach: (m, n) waypoints, straight to the grasp.
        approach_line: of the tip.
        retreat: (k, n) waypoints from there on; one where no retreat is asked for.
        retreat_line: of the tip.
    """

    grasp: int
    approach: np.ndarray
    approach_line: Line
    retreat: np.ndarray
    retreat_line: Line


def without(world: World, names: tuple[str, ...]) -> World:
    """The world without some obstacles.

    Raises:
        WorldError: there is none of a name.
    """
    for name in names:
        world = world.without(name)
    return world


def grasp_ways(
    solver: InverseKinematics,
    body: CollisionBody,
    world: World,
    loose: World,
    goal: GraspGoals,
    start: np.ndarray,
    leveller: Leveller | None = None,
) -> list[GraspWay]:
    """Up to `ENOUGH` grasps with free straight ways, the nearest to the start first.

    Args:
        solver: of the group.
        body: the robot and what it holds.
        world: obstacles.
        loose: those without the ones that may be touched on the straight ways.
        goal: the grasps.
        start: (n,) configuration to be near to.
        leveller: of what is kept level.

    Raises:
        PlanFailure: no grasp can be reached, or none has free straight ways; why the nearest has not.
    """
    poses = poses_of(body.group, goal)
    found, which = solve_free(solver, body, loose, poses, start, goal.free_axis, leveller)
    ways, refused = [], None
    for q, grasp in zip(found, which, strict=True):
        try:
            ways.append(_way(solver, body, world, loose, goal, q, int(grasp)))
        except PlanFailure as failure:
            refused = refused or failure
        if len(ways) == ENOUGH:
            break
    if ways:
        return ways
    assert refused is not None  # `solve_free` finds one at least
    raise PlanFailure(
        f"None of {len(found)} configurations at grasps has free straight ways; of the nearest: {refused}",
        stage="line",
        link=refused.link,
        obstacle=refused.obstacle,
        margin=refused.margin,
    )


def _way(
    solver: InverseKinematics,
    body: CollisionBody,
    world: World,
    loose: World,
    goal: GraspGoals,
    q: np.ndarray,
    grasp: int,
) -> GraspWay:
    held = tip_poses(body.group, q)[0]
    before, after = held.copy(), held.copy()
    before[:3, 3] += held[:3, :3] @ np.asarray(goal.approach, float)
    after[:3, 3] += np.asarray(goal.retreat, float)
    approach = _straight(solver, body, loose, q, Line(held, before), "approach")[::-1]
    if not is_free(body, world, approach[0])[0]:
        raise PlanFailure("the approach begins inside an obstacle.", stage="line")
    retreat = _straight(solver, body, loose, q, Line(held, after), "retreat")
    return GraspWay(grasp, approach, Line(before, held), retreat, Line(held, after))


def _straight(
    solver: InverseKinematics, body: CollisionBody, world: World, q: np.ndarray, line: Line, name: str
) -> np.ndarray:
    if line.length == 0:
        return q[None]
    waypoints = follow(solver, q, line)
    for begin, end in pairwise(waypoints):
        met = sweep(body, world, begin, end)
        if not met.is_free:
            raise PlanFailure(f"the {name} is not free: {met.reason}", stage="line")
    return waypoints
