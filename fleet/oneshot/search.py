"""LaCAM: depth first over configurations of all robots, until a plan is found or none can exist.

Okumura 2023, LaCAM: Search-Based Algorithm for Quick Multi-Agent Pathfinding (AAAI). A node is a
configuration. From it, a breadth-first tree of constraints (this robot goes there) is unfolded one by one;
under each, PIBT makes one next configuration. As all constraints come at last, so do all configurations: the
search is complete.
"""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt
from numba import njit

from ..errors import UnsolvableError
from ..graph import Graph
from ..order import by_age
from .successor import WAYS, complete, random_number

RUNNING, FOUND, EXHAUSTED, FULL = range(4)
_BYTES = 4 << 30  # of configurations at most; memory is taken as it is used
_MOST_NODES = 1 << 20
_MOST_CONSTRAINTS = 1 << 24
_ROUND = 100_000  # robots that move between two looks at the clock


def find_plan(
    graph: Graph,
    start: npt.NDArray[np.int32],
    goal: npt.NDArray[np.int32],
    fields: npt.NDArray[np.uint16],
    deadline: float,
    seed: int = 0,
) -> npt.NDArray[np.int32] | None:
    """Configurations from start to goal.

    Args:
        graph: where robots move.
        start: (n,) vertices, each once.
        goal: (n,) vertices, each once.
        fields: (n, V) cost to each robot's goal.
        deadline: `time.perf_counter()` at which to give up.
        seed: of ties.

    Returns:
        (steps + 1, n) vertices, or None if time or memory ran out.

    Raises:
        UnsolvableError: there is no plan.
    """
    n = len(start)
    nodes = int(min(_MOST_NODES, _BYTES // (8 * n)))
    config = np.empty((nodes, n), np.int32)
    age = np.empty((nodes, n), np.int32)
    # Of a node: parent, first and last open constraint; of a constraint: parent, robot, vertex, next, depth.
    node = np.full((nodes, 3), -1, np.int32)
    constraint = np.empty((_MOST_CONSTRAINTS, 5), np.int32)
    opened = np.empty(_MOST_CONSTRAINTS, np.int32)
    table = np.full(4 * _MOST_NODES, -1, np.int32)
    # Who has the longest way goes first among equals (ibid.).
    ranked = np.argsort(-fields[np.arange(n), start].astype(np.int64), kind="stable").astype(np.int32)
    bits = np.array([0x9E3779B97F4A7C15 ^ (seed + 1)], np.uint64)
    config[0], age[0] = start, 0
    constraint[0] = (-1, -1, -1, -1, 0)
    node[0] = (-1, 0, 0)
    opened[0] = 0
    size = np.array([1, 1, 1], np.int64)  # nodes, constraints, opened
    table[_slot(config, table, start)] = 0
    if (start == goal).all():
        return start[None]
    status, rounds = RUNNING, max(1, _ROUND // n)
    while status == RUNNING and time.perf_counter() < deadline:
        status = _expand(
            rounds,
            goal,
            graph.ahead,
            fields,
            ranked,
            config,
            age,
            node,
            constraint,
            opened,
            table,
            size,
            bits,
        )
    if status == EXHAUSTED:
        raise UnsolvableError("There is no plan: every configuration that can be reached has been tried.")
    if status != FOUND:
        return None
    steps = [int(size[0]) - 1]
    while node[steps[-1], 0] >= 0:
        steps.append(int(node[steps[-1], 0]))
    return config[steps[::-1]]


@njit(cache=True)
def _slot(config, table, wanted):
    """Where a configuration is in the table of nodes, or would be."""
    mixed = np.uint64(1469598103934665603)
    for i in range(len(wanted)):
        mixed = (mixed ^ np.uint64(wanted[i])) * np.uint64(1099511628211)
        mixed ^= mixed >> np.uint64(29)
    slot = np.int64(mixed >> np.uint64(20)) % len(table)
    while table[slot] >= 0:
        known = config[table[slot]]
        same = True
        for i in range(len(wanted)):
            if known[i] != wanted[i]:
                same = False
                break
        if same:
            break
        slot = (slot + 1) % len(table)
    return slot


@njit(cache=True)
def _unfold(at, entry, order, config, ahead, node, constraint, size, bits):
    """Queue the constraints below `entry`: each move of the next robot in the order."""
    depth = constraint[entry, 4]
    if depth == len(order):
        return
    i = order[depth]
    shift = random_number(bits) % WAYS
    for h in range(WAYS):
        turned = (h + shift) % WAYS
        u = config[at, i] if turned == 4 else ahead[config[at, i], turned]
        if u < 0:
            continue
        new = np.int32(size[1])
        constraint[new, 0], constraint[new, 1], constraint[new, 2] = entry, i, u
        constraint[new, 3], constraint[new, 4] = -1, depth + 1
        if node[at, 1] < 0:
            node[at, 1] = new
        else:
            constraint[node[at, 2], 3] = new
        node[at, 2] = new
        size[1] += 1


@njit(cache=True)
def _constrain(entry, constraint, config, chosen, taken, occupied):
    """Write down what the constraints say; false where two of them collide."""
    while constraint[entry, 1] >= 0:
        i, u = constraint[entry, 1], constraint[entry, 2]
        k = occupied[u]
        if taken[u] >= 0 or (k >= 0 and k != i and chosen[k] == config[i]):
            return False
        chosen[i], taken[u] = u, i
        entry = constraint[entry, 0]
    return True


@njit(cache=True, nogil=True)
def _expand(rounds, goal, ahead, fields, ranked, config, age, node, constraint, opened, table, size, bits):
    """Make so many configurations at most; how the search stands then."""
    n = len(goal)
    order, chosen = np.empty(n, np.int32), np.empty(n, np.int32)
    taken, occupied = np.full(len(ahead), -1, np.int32), np.full(len(ahead), -1, np.int32)
    for _ in range(rounds):
        while size[2] > 0 and node[opened[size[2] - 1], 1] < 0:
            size[2] -= 1
        if size[2] == 0:
            return EXHAUSTED
        if size[0] == len(config) or size[1] + WAYS > len(constraint) or size[2] == len(opened):
            return FULL
        at = opened[size[2] - 1]
        entry = node[at, 1]
        node[at, 1] = constraint[entry, 3]
        now = config[at]
        by_age(age[at], ranked, order)
        _unfold(at, entry, order, config, ahead, node, constraint, size, bits)
        chosen[:] = -1
        for i in range(n):
            occupied[now[i]] = i
        is_made = _constrain(entry, constraint, now, chosen, taken, occupied) and complete(
            order, now, chosen, taken, ahead, fields, occupied, goal, bits
        )
        for i in range(n):
            occupied[now[i]] = -1
            taken[now[i]] = -1
            if chosen[i] >= 0:
                taken[chosen[i]] = -1
        if not is_made:
            continue
        slot = _slot(config, table, chosen)
        if table[slot] >= 0:
            opened[size[2]] = table[slot]
            size[2] += 1
            continue
        new = np.int32(size[0])
        is_goal = True
        for i in range(n):
            config[new, i] = chosen[i]
            is_there = chosen[i] == goal[i]
            age[new, i] = 0 if is_there else age[at, i] + 1
            is_goal = is_goal and is_there
        root = np.int32(size[1])
        constraint[root, 0], constraint[root, 1], constraint[root, 2] = -1, -1, -1
        constraint[root, 3], constraint[root, 4] = -1, 0
        node[new, 0], node[new, 1], node[new, 2] = at, root, root
        table[slot] = new
        opened[size[2]] = new
        size[0] += 1
        size[1] += 1
        size[2] += 1
        if is_goal:
            return FOUND
    return RUNNING
