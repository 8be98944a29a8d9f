"""Where no robot can be cornered: the largest part of a map that holds together without any one of its cells.

Goals belong there. Tarjan's algorithm for biconnected components (1972), on moves from which a way leads
back: each such component is strongly connected, for a simple circle of moves lies in one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse.csgraph import breadth_first_order, connected_components

from .graph import Graph, links


def core(graph: Graph) -> npt.NDArray[np.bool_]:
    """(V,) vertices of the largest biconnected component of those moves from which a way leads back."""
    around = graph.ahead
    if not graph.is_two_way:
        part = connected_components(links(graph), connection="strong")[1]
        moves = [np.where(part[to] == part[:, None], to, -1) for to in (graph.ahead, graph.behind)]
        around = np.concatenate(moves, axis=1)
    largest = np.zeros(len(graph), np.bool_)
    _largest(around, largest)
    return largest


def leading_to(graph: Graph, inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(V,) vertices from which a way leads to the core `inside` (V,), those of the core among them."""
    reached = np.zeros(len(graph), bool)
    if inside.any():
        back = links(graph).T.tocsr()
        reached[breadth_first_order(back, int(np.argmax(inside)), return_predecessors=False)] = True
    return reached


@njit(cache=True)
def _largest(around, largest):
    """Depth first; a component is what was met since the child from which no way leads above its parent."""
    n = len(around)
    found, low = np.zeros(n, np.int32), np.zeros(n, np.int32)
    parent, tried = np.full(n, -1, np.int32), np.zeros(n, np.int32)
    path, met = np.empty(n, np.int32), np.empty(n, np.int32)
    count, size, best = 0, 0, 0
    for root in range(n):
        if found[root]:
            continue
        top = 0
        path[0] = root
        count += 1
        found[root] = low[root] = count
        met[size] = root
        size += 1
        while top >= 0:
            v = path[top]
            if tried[v] < around.shape[1]:
                u = around[v, tried[v]]
                tried[v] += 1
                if u < 0 or u == parent[v]:
                    continue
                if found[u]:
                    low[v] = min(low[v], found[u])
                    continue
                parent[u] = v
                count += 1
                found[u] = low[u] = count
                met[size] = u
                size += 1
                top += 1
                path[top] = u
                continue
            top -= 1
            p = parent[v]
            if p < 0:
                size = 0
                continue
            low[p] = min(low[p], low[v])
            if low[v] >= found[p]:
                begin = size - 1
                while met[begin] != v:
                    begin -= 1
                if size - begin + 1 > best:
                    best = size - begin + 1
                    largest[:] = False
                    largest[p] = True
                    for k in range(begin, size):
                        largest[met[k]] = True
                size = begin
