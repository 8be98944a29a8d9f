"""The search that a replanner uses by default: `find_path`, ended in time for the next tick."""

from __future__ import annotations

from ..collision.body import CollisionBody
from ..collision.world import World
from ..limits import Array
from ..path.find import find_path

BUDGET = 0.025
"""s that a search may take."""


def search_path(body: CollisionBody, world: World, start: Array, goal: Array) -> Array:
    """Waypoints (n, dof) from a start (dof,) to a goal (dof,), always the same ones for the same world.

    Raises:
        BlockedError: the start or the goal is not free.
        NoPathError: no path was found in `BUDGET` s.
    """
    return find_path(body, world, start, goal[None], seed=0, budget=BUDGET).waypoints
