"""Pockets: where one-way lanes let robots in and one cell alone lets them out.

A robot on that cell that wants in could wait for ever for those inside. Traffic never locks if from each move
of the core (v to u) ways that avoid v lead from u to as many cells as there are robots: one of them is empty
then, and who stands on u can make way. With two-way moves that holds in every biconnected core. Else only
cells without which the core is not strongly connected need be looked at: they are dominators, forwards or
backwards, of a flow from any one cell (Italiano, Laura, Santaroni 2012, Theoretical Computer Science 447);
dominators by Cooper, Harvey, Kennedy 2001.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from .core import core
from .graph import HEADINGS, Graph


def pockets(graph: Graph, inside: npt.NDArray[np.bool_], robots: int) -> npt.NDArray[np.bool_]:
    """Moves into too little room.

    Args:
        graph: with one-way moves.
        inside: (V,) its core.
        robots: how many drive on it.

    Returns:
        (V, 4) bool by vertex and heading.
    """
    found = np.zeros((len(graph), HEADINGS), np.bool_)
    if graph.is_two_way or not inside.any():
        return found
    root = int(np.argmax(inside))
    narrow = np.zeros(len(graph), np.bool_)
    narrow[root] = True
    _mark_dominators(graph.ahead, graph.behind, inside, root, narrow)
    _mark_dominators(graph.behind, graph.ahead, inside, root, narrow)
    # More robots than other cells cannot be there.
    _mark_pockets(graph.ahead, inside, narrow, min(robots, int(inside.sum()) - 1), found)
    return found


def without_pockets(graph: Graph, robots: int) -> tuple[Graph, npt.NDArray[np.bool_]]:
    """The graph without moves into pockets, and its core (V,)."""
    while True:
        inside = core(graph)
        found = pockets(graph, inside, robots)
        if not found.any():
            return graph, inside
        graph = graph.closed(found)


@njit(cache=True)
def _mark_dominators(ahead, behind, inside, root, marked):
    """Mark cells, other than the root, without which the root does not reach some other cell."""
    n = len(ahead)
    order, place = np.empty(n, np.int32), np.full(n, -1, np.int32)
    path, tried = np.empty(n, np.int32), np.full(n, -1, np.int32)
    top, count = 0, 0
    path[0] = root
    tried[root] = 0
    while top >= 0:
        v = path[top]
        if tried[v] < 4:
            u = ahead[v, tried[v]]
            tried[v] += 1
            if u >= 0 and inside[u] and tried[u] < 0:
                tried[u] = 0
                top += 1
                path[top] = u
            continue
        place[v] = count
        order[count] = v
        count += 1
        top -= 1
    above = np.full(n, -1, np.int32)
    above[root] = root
    is_changed = True
    while is_changed:
        is_changed = False
        for k in range(count - 2, -1, -1):
            v = order[k]
            best = -1
            for h in range(4):
                u = behind[v, h]
                if u < 0 or place[u] < 0 or above[u] < 0:
                    continue
                if best < 0:
                    best = u
                    continue
                while best != u:
                    while place[best] < place[u]:
                        best = above[best]
                    while place[u] < place[best]:
                        u = above[u]
            if best != above[v]:
                above[v] = best
                is_changed = True
    for v in range(n):
        if above[v] >= 0 and above[v] != root:
            marked[above[v]] = True


@njit(cache=True)
def _mark_pockets(ahead, inside, narrow, robots, found):
    """Count cells from each move out of a narrow one, up to as many as there are robots."""
    n = len(ahead)
    met, queue = np.full(n, -1, np.int64), np.empty(n, np.int32)
    search = 0
    for v in range(n):
        if not (narrow[v] and inside[v]):
            continue
        for h in range(4):
            if ahead[v, h] < 0 or not inside[ahead[v, h]]:
                continue
            search += 1
            met[v] = met[ahead[v, h]] = search
            queue[0] = ahead[v, h]
            first, end = 0, 1
            while first < end < robots:
                for g in range(4):
                    u = ahead[queue[first], g]
                    if u >= 0 and inside[u] and met[u] != search:
                        met[u] = search
                        queue[end] = u
                        end += 1
                first += 1
            found[v, h] = end < robots
