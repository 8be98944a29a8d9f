"""A way over a map of the floor: the cheapest, where cells near obstacles and unknown ones cost more."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from .floor_map import FloorMap

Array = npt.NDArray[np.floating]
RADIUS = 0.5
"""Of the circle that an AMR turns in, m."""
_COMFORT = 1.1  # m to obstacles within which a cell costs more
_UNKNOWN = 1.3  # times the cost of a known free cell
_SQUEEZE = 20.0  # cost of a cell too near to something, where the robot stands
_NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))


def plan_way(floor: FloorMap, start: Array, goal: Array) -> Array | None:
    """Points (n, 2) in m from `start` (2,) to `goal` (2,), or None if obstacles close every way.

    A robot that stands nearer to an obstacle than its radius may still leave.
    """
    first, last = floor.cells_of(np.stack([start, goal]))
    costs = _costs(floor.clearance, floor.known)
    i, j = np.indices(costs.shape)
    near_start = np.hypot(i - first[0], j - first[1]) * floor.cell < RADIUS
    costs[near_start & ~np.isfinite(costs)] = _SQUEEZE
    before = _search(costs, tuple(first))
    path, at = [], int(np.ravel_multi_index(tuple(last), costs.shape))
    while at >= 0:
        path.append(np.unravel_index(at, costs.shape))
        at = int(before[at])
    if tuple(path[-1]) != tuple(first):
        return None
    points = floor.points_of(np.array(path[::-1]))
    return np.concatenate([[start], points[1:-1], [goal]])


def _costs(clearance: Array, known: npt.NDArray[np.bool_]) -> Array:
    """Of crossing a cell, per cell's edge; infinite where the robot would touch something."""
    near = np.clip((_COMFORT - clearance) / (_COMFORT - RADIUS), 0.0, 1.0)
    costs = (1.0 + 4.0 * near**2) * np.where(known, 1.0, _UNKNOWN)
    return np.where(clearance < RADIUS, np.inf, costs)


def _search(costs: Array, start: tuple[int, ...]) -> npt.NDArray[np.int32]:
    """The cell before each on the cheapest way from `start`, by flat index; negative for none."""
    height, width = costs.shape
    index = np.arange(costs.size).reshape(costs.shape)
    ends, weights = [], []
    for down, right in _NEIGHBOURS:
        left_cut = slice(max(-right, 0), width - max(right, 0))
        right_cut = slice(max(right, 0), width - max(-right, 0))
        a, b = np.s_[: height - down, left_cut], np.s_[down:, right_cut]
        weight = (costs[a] + costs[b]) / 2 * np.hypot(down, right)
        passable = np.isfinite(weight)
        ends.append((index[a][passable], index[b][passable]))
        weights.append(weight[passable])
    rows, columns = (np.concatenate(part) for part in zip(*ends, strict=True))
    graph = coo_array((np.concatenate(weights), (rows, columns)), shape=(costs.size, costs.size)).tocsr()
    _, before = dijkstra(graph, directed=False, indices=int(index[start]), return_predecessors=True)
    return before
