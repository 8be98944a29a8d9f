"""From starts and goals to paths: fields, a first plan, and a better one in the time left."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import ScenarioError, UnsolvableError
from ..fields import FAR, STEP, distance_fields
from ..graph import Graph
from .improve import improve, path_costs
from .search import find_plan


@dataclass(frozen=True, eq=False)
class Solution:
    """What came of a one-shot problem.

    Attributes:
        is_solved: whether there are paths.
        reason: why there are none; empty if there are.
        runtime: s, all in all.
        first: s until there was a plan; NaN if there is none.
        makespan: steps until the last robot is at its goal.
        sum_of_costs: steps of all robots until they are at their goals for good.
        least: sum of the lengths of shortest paths, which no plan is below.
        paths: (T_i + 1, 2) x, y of each robot, from its start to when it stays at its goal.
    """

    is_solved: bool
    reason: str
    runtime: float
    first: float
    makespan: int
    sum_of_costs: int
    least: int
    paths: tuple[npt.NDArray[np.int32], ...]


def solve(
    graph: Graph,
    start: npt.ArrayLike,
    goal: npt.ArrayLike,
    seconds: float = 5.0,
    seed: int = 0,
    rounds: int = 1 << 62,
) -> Solution:
    """Find paths for all robots, and shorter ones until the time is over.

    A robot is on one vertex at each step; no two are on one, and no two change places. Robots may follow
    each other closely, in a circle, too. If there is a plan it is found, given time and memory.

    Args:
        graph: where robots move, every edge in both directions.
        start: (n,) vertices, each once.
        goal: (n,) vertices, each once.
        seconds: for everything; what the first plan leaves goes into its improvement.
        seed: of ties and of the improvement.
        rounds: of improvement at most; if time is not what ends it, equal input gives equal paths.

    Raises:
        ScenarioError: starts or goals that are shared, not vertices, or not as many as each other.
    """
    begin = time.perf_counter()
    start, goal = _vertices(graph, start, "start"), _vertices(graph, goal, "goal")
    if len(start) != len(goal):
        raise ScenarioError(f"There are {len(start)} starts and {len(goal)} goals; give as many of each.")
    fields = distance_fields(graph, goal)
    least = fields[np.arange(len(start)), start]
    if (lost := np.flatnonzero(least == FAR)).size:
        i = int(lost[0])
        (sx, sy), (gx, gy) = graph.xy[start[i]], graph.xy[goal[i]]
        reason = f"Robot {i}'s goal x {gx}, y {gy} cannot be reached from its start x {sx}, y {sy}."
        return _failed(reason, begin)
    deadline = begin + seconds
    try:
        plan = find_plan(graph, start, goal, fields, deadline, seed)
    except UnsolvableError as error:
        return _failed(str(error), begin)
    if plan is None:
        return _failed(f"No plan was found within {seconds:g} s and the memory for it.", begin)
    first = time.perf_counter() - begin
    plan = improve(graph, plan, fields, deadline, seed, rounds)
    costs = path_costs(plan)
    xy = graph.xy
    return Solution(
        True,
        "",
        time.perf_counter() - begin,
        first,
        int(costs.max()),
        int(costs.sum()),
        int(least.astype(np.int64).sum()) // STEP,
        tuple(xy[plan[: cost + 1, i]] for i, cost in enumerate(costs.tolist())),
    )


def _vertices(graph: Graph, given: npt.ArrayLike, what: str) -> npt.NDArray[np.int32]:
    vertices = np.asarray(given)
    if vertices.ndim != 1 or not len(vertices) or not np.issubdtype(vertices.dtype, np.integer):
        raise ScenarioError(f"{what}s must be a list of one or more vertices.")
    if ((vertices < 0) | (vertices >= len(graph))).any():
        raise ScenarioError(f"A {what} is no vertex of the graph; it has {len(graph)}.")
    if len(np.unique(vertices)) < len(vertices):
        raise ScenarioError(f"Two robots share a {what}.")
    return vertices.astype(np.int32)


def _failed(reason: str, begin: float) -> Solution:
    return Solution(False, reason, time.perf_counter() - begin, float("nan"), 0, 0, 0, ())
