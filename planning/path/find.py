"""Paths for the joints around obstacles, to the nearest or any of several goals."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike

from ..collision.body import CollisionBody
from ..collision.world import World
from ..errors import ConfigurationError, NoPathError
from ..kinematics import inputs
from .ends import explain_blocked, usable, within_limits
from .motion import checked_body
from .no_path import divided, proof_sizes, stands_around
from .rrt_connect import GOAL, LOOKS, SAMPLE, START, Search, grow, new_search
from .sampling import PRIMES, turned
from .shortcut import length, shorten

STEP = 0.4
"""rad, times the root of the number of joints: the longest motion between two nodes of a tree."""
_CHUNK = 64  # samples between two looks at the clock
_CUTS = 45  # attempts at shorter ways
_BEFORE_PROOF = 0.25  # of the budget, after which a search may be hopeless


@dataclass(frozen=True, eq=False)
class GeometricPath:
    """A path that is free: every straight motion between waypoints was checked without gaps.

    Attributes:
        waypoints: (m, n) from start to goal, at least 2; the same twice where the start is the goal.
        goal: which goal it leads to.
        seconds: that it took to find and shorten.
        checks: configurations that were looked at.
        searched_length: Euclidean length in rad of the path before it was shortened.
        nodes: in both trees.
    """

    waypoints: np.ndarray
    goal: int
    seconds: float
    checks: int
    searched_length: float
    nodes: int

    @property
    def length(self) -> float:
        """Sum of the Euclidean lengths of its motions, in rad."""
        return length(self.waypoints)


def find_path(
    body: CollisionBody,
    world: World,
    start: ArrayLike,
    goals: ArrayLike,
    *,
    seed: int = 0,
    budget: float = 1.0,
) -> GeometricPath:
    """Find a short path that is free, by straight motions of the joints.

    The same input gives the same path on the same processor, whenever the budget suffices to find it.

    Args:
        body: the robot and what it holds.
        world: obstacles.
        start: (n,) configuration.
        goals: (n,) or (G, n) configurations, any of which will do; those that are not free are left out.
        seed: of the samples; another one gives another path.
        budget: s after which the search ends.

    Raises:
        ConfigurationError: another number of joints, values that are no numbers, no goal, or more joints
            than the samples have coordinates.
        BlockedError: the start, or every goal, is not free or outside the limits; with the nearest free
            configuration.
        NoPathError: none was found in the time given, or, with up to 3 joints, there is none.
    """
    began = perf_counter()
    origin, targets, numbers = _ends(body, world, start, goals)
    compiled, obstacles = checked_body(body), world.arrays_single
    lower, upper = _range(body, origin, targets)
    shift, step = turned(seed, body.group.dof), STEP * body.group.dof**0.5
    search = new_search(origin, targets)
    grow(search.arrays(), lower, upper, shift, step, _CHUNK, compiled, obstacles)
    proofs = iter(proof_sizes(body))
    while not search.is_solved:
        elapsed = perf_counter() - began
        if elapsed > budget:
            raise _timeout(body, world, search, budget)
        if elapsed > _BEFORE_PROOF * budget and divided(body, world, origin, targets, next(proofs, 0)):
            raise _infeasible(body, world, search)
        search.make_room()
        grow(search.arrays(), lower, upper, shift, step, _CHUNK, compiled, obstacles)
    found, goal = search.path()
    short, looks = shorten(found, _CUTS, compiled, obstacles) if len(found) > 2 else (found, 0)
    if len(short) == 1:
        short = np.repeat(short, 2, axis=0)
    return GeometricPath(
        short,
        int(numbers[goal]),
        perf_counter() - began,
        int(search.progress[LOOKS]) + looks,
        length(found),
        int(search.count.sum()),
    )


def _ends(
    body: CollisionBody, world: World, start: ArrayLike, goals: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The start (n,), the usable goals (G, n) from the nearest on, and their numbers."""
    group = body.group
    if np.ndim(start) != 1:
        raise ConfigurationError(f"the start has the shape {np.shape(start)}; it must be one configuration.")
    if not np.size(goals):
        raise ConfigurationError("there is no goal; give one configuration at least.")
    if group.dof > len(PRIMES):
        raise ConfigurationError(f"{group.dof} joints are too many; paths are found for up to {len(PRIMES)}.")
    given = inputs.configurations(group, start), inputs.configurations(group, goals)
    ends = within_limits(body, np.concatenate(given))
    origin, targets, is_usable = ends[0], ends[1:], usable(body, world, ends)
    if not is_usable[0]:
        raise explain_blocked(body, world, origin, "start", "start")
    order = np.argsort(((targets - origin) ** 2).sum(axis=1), kind="stable")
    numbers = order[is_usable[1:][order]]
    if not len(numbers):
        nearest = int(order[0])
        name = "goal" if len(targets) == 1 else f"goals are all blocked; the nearest, number {nearest}"
        raise explain_blocked(body, world, targets[nearest], name, "goal")
    return origin, targets[numbers], numbers


def _range(body: CollisionBody, origin: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest joint values to sample: the limits, or half a turn about the ends."""
    limits = body.group.limits
    low, high = np.minimum(origin, targets.min(axis=0)), np.maximum(origin, targets.max(axis=0))
    return (
        np.where(np.isfinite(limits.lower), limits.lower, low - np.pi),
        np.where(np.isfinite(limits.upper), limits.upper, high + np.pi),
    )


def _timeout(body: CollisionBody, world: World, search: Search, budget: float) -> NoPathError:
    start, goal = (int(search.count[tree]) for tree in (START, GOAL))
    around, link, obstacle = _around_smaller_tree(body, world, search)
    return NoPathError(
        f"No path was found within {budget:g} s (timeout): {int(search.progress[SAMPLE])} samples, {start} "
        f"configurations reached from the start and {goal} from the goals; {around}",
        stage="path",
        link=link,
        obstacle=obstacle,
    )


def _infeasible(body: CollisionBody, world: World, search: Search) -> NoPathError:
    around, link, obstacle = _around_smaller_tree(body, world, search)
    return NoPathError(
        f"There is no path (infeasible): what is not free divides the joints' range between start and goals; "
        f"{around}",
        stage="path",
        link=link,
        obstacle=obstacle,
    )


def _around_smaller_tree(body: CollisionBody, world: World, search: Search) -> tuple[str, str, str]:
    """Half a sentence on the end from which less was reached, a part, and what it meets there."""
    tree = int(np.argmin(search.count))
    end = ("start", "goal")[tree]
    link, obstacle = stands_around(body, world, search.nodes[tree, 0])
    if not link:
        return f"less was reached from the {end}, but nothing stands near it.", "", ""
    where = f"less was reached from the {end}, about which '{link}' meets '{obstacle}' most often."
    return where, link, obstacle
