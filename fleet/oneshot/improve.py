"""Large neighbourhood search: take a few robots' paths out, and find shorter ones among the others'.

Li, Chen, Harabor, Stuckey, Koenig 2021, Anytime Multi-Agent Path Finding via Large Neighborhood Search
(IJCAI). Each path is found by A* in space and time around those that stay; robots in random order.
"""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt
from numba import njit

from ..fields import FAR, STEP
from ..graph import Graph

GROUP = 8
"""Robots that are taken out at once."""
_MOST_CELLS = 200_000_000  # of space and time that tables are made for
_VAIN = 50  # rounds in vain, for each robot, after which nothing more is expected
_STATES = 60_000  # that one path may look at


def improve(
    graph: Graph,
    plan: npt.NDArray[np.int32],
    fields: npt.NDArray[np.uint16],
    deadline: float,
    seed: int = 0,
    rounds: int = 1 << 62,
) -> npt.NDArray[np.int32]:
    """A plan whose sum of costs is not larger, nor its makespan.

    Args:
        graph: where robots move.
        plan: (steps + 1, n) vertices, whose last row are the goals.
        fields: (n, V) cost to each robot's goal.
        deadline: `time.perf_counter()` at which to stop.
        seed: of the choice of robots.
        rounds: groups to try at most.
    """
    steps, n = plan.shape
    if steps * len(graph) > _MOST_CELLS or steps < 2:
        return plan
    plan = plan.copy()
    goal = plan[-1].copy()
    owner = np.full((steps, len(graph)), -1, np.int32)
    np.put_along_axis(owner, plan.astype(np.int64), np.arange(n, dtype=np.int32)[None], axis=1)
    seen = np.zeros((steps, len(graph)), np.int32)
    least = fields[np.arange(n), plan[0]].astype(np.int64) // STEP
    cost = path_costs(plan)
    rng = np.random.default_rng(seed)
    searches, vain = 0, 0
    while (
        rounds > 0
        and vain < _VAIN * n + 100
        and time.perf_counter() < deadline
        and (delay := cost - least).any()
    ):
        rounds -= 1
        vain += 1
        group = _choose(graph, plan, owner, fields, delay, rng)
        old = plan[:, group].copy()
        # A path's mark holds its search's number and the move that led there.
        if searches + len(group) >= (1 << 28):
            seen[:], searches = 0, 0
        is_found = _replan(
            graph.ahead, graph.behind, plan, owner, seen, fields, goal, group, cost[group].sum(), searches
        )
        searches += len(group)
        if is_found:
            cost[group] = path_costs(plan[:, group])
            vain = 0
        else:
            _restore(plan, owner, group, old)
    return plan[: int(cost.max()) + 1]


def path_costs(plan: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """(n,) steps until each robot of a plan (steps + 1, n) is at its last vertex for good."""
    moved = plan != plan[-1]
    return np.where(moved.any(0), len(plan) - moved[::-1].argmax(0), 0)


def _choose(
    graph: Graph,
    plan: npt.NDArray[np.int32],
    owner: npt.NDArray[np.int32],
    fields: npt.NDArray[np.uint16],
    delay: npt.NDArray[np.int64],
    rng: np.random.Generator,
) -> npt.NDArray[np.int32]:
    """A late robot, and those in the way of a walk that would make it less late."""
    n = plan.shape[1]
    late = int(rng.choice(n, p=delay / delay.sum()))
    group = {late: None}
    begin = int(rng.integers(len(plan)))
    here, field = int(plan[begin, late]), fields[late]
    for t in range(begin + 1, len(plan)):
        around = graph.ahead[here]
        around = around[around >= 0]
        nearer = around[field[around] < field[here]]
        if not len(nearer):
            break
        following = int(rng.choice(nearer))
        for robot in (owner[t, following], owner[t - 1, following]):
            if robot >= 0:
                group[int(robot)] = None
        if len(group) >= GROUP:
            break
        here = following
    while len(group) < min(GROUP, n) and rng.random() < 0.7:
        group[int(rng.integers(n))] = None
    return rng.permutation(np.array(list(group)[:GROUP], np.int32))


@njit(cache=True)
def _restore(plan, owner, group, old):
    """Take the group's paths out of the table, and put the old ones in."""
    for i in group:
        for t in range(len(plan)):
            if owner[t, plan[t, i]] == i:
                owner[t, plan[t, i]] = -1
    for k in range(len(group)):
        for t in range(len(plan)):
            plan[t, group[k]] = old[t, k]
            owner[t, old[t, k]] = group[k]


@njit(cache=True)
def _replan(ahead, behind, plan, owner, seen, fields, goal, group, cost, searches):
    """New paths of a group in turn; false, with tables to restore, if the sum of their costs is not less."""
    for i in group:
        for t in range(len(plan)):
            owner[t, plan[t, i]] = -1
    new = 0
    for k in range(len(group)):
        i = group[k]
        arrival = _find_path(ahead, behind, plan, owner, seen, fields[i], i, goal[i], searches + k + 1)
        if arrival < 0:
            return False
        new += arrival
        if new >= cost:
            return False
    return True


@njit(cache=True)
def _find_path(ahead, behind, plan, owner, seen, field, i, goal, mark):
    """A* in space and time among paths in `owner`; writes the path and its owner; its arrival, or -1.

    The estimate is exact but for other robots and never falls along a path: buckets by estimate suffice.
    """
    steps = len(plan)
    start = plan[0, i]
    clear = steps - 1
    while clear >= 0 and owner[clear, goal] < 0:
        clear -= 1
    clear += 1
    first = np.full(steps, -1, np.int32)
    following, vertex = np.empty(_STATES + 8, np.int32), np.empty(_STATES + 8, np.int32)
    moment = np.empty(_STATES + 8, np.int32)
    entries = 0
    estimate = field[start] // STEP
    if owner[0, start] >= 0 or estimate >= steps:
        return -1
    seen[0, start] = mark * 8 + 4
    vertex[0], moment[0], following[0] = start, 0, -1
    first[estimate] = 0
    entries = 1
    arrival = -1
    while estimate < steps and arrival < 0:
        entry = first[estimate]
        if entry < 0:
            estimate += 1
            continue
        first[estimate] = following[entry]
        v, t = vertex[entry], moment[entry]
        if v == goal and t >= clear:
            arrival = t
            break
        if t + 1 >= steps or entries >= _STATES:
            continue
        for h in range(5):
            u = v if h == 4 else ahead[v, h]
            if u < 0 or owner[t + 1, u] >= 0 or seen[t + 1, u] >> 3 == mark:
                continue
            other = owner[t, u]
            if field[u] == FAR or (other >= 0 and owner[t + 1, v] == other):
                continue
            total = t + 1 + field[u] // STEP
            if total >= steps:
                continue
            seen[t + 1, u] = mark * 8 + h
            vertex[entries], moment[entries] = u, t + 1
            following[entries] = first[total]
            first[total] = entries
            entries += 1
    if arrival < 0:
        return -1
    for t in range(arrival, steps):
        plan[t, i] = goal
    v = goal
    for t in range(arrival, 0, -1):
        h = seen[t, v] & 7
        if h < 4:
            v = behind[v, h]
        plan[t - 1, i] = v
    for t in range(steps):
        owner[t, plan[t, i]] = i
    return arrival
