"""Paths on which the tip stays level: a roadmap of level configurations, whose edges are checked when needed.

Lazy PRM (Bohlin and Kavraki, ICRA 2000) on the set of level configurations: nodes are Halton's points made
level; an edge is the straight motion between two, whose points in between are made level too (Berenson et
al., "Task Space Regions", IJRR 2011). Only edges on the shortest path so far are looked at.
"""

from __future__ import annotations

from itertools import pairwise
from time import perf_counter

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree
from scipy.stats import qmc

from ..collision.body import CollisionBody
from ..collision.free_numba import is_free
from ..collision.world import World
from ..errors import NoPathError
from ..path.motion import motions_free
from .level import Leveller

NODES = 256
"""Configurations in the first roadmap; each further one has twice as many."""
_NEIGHBOURS = 12
_SPACING = 0.15
"""rad between points of an edge that are made level."""
_STRETCH = 2.0
"""An edge is none if its points move apart by more than this factor: it would jump."""
_PART, _EDGE_PART = 0.6, 0.8
"""Parts of the angle that nodes and points of edges are kept within, so that there is room to cut corners."""


class LevelSearch:
    """One search."""

    def __init__(self, body: CollisionBody, world: World, leveller: Leveller) -> None:
        """Take what is to be kept clear of, and level."""
        self.body, self.world, self.leveller = body, world, leveller

    def find(self, start: np.ndarray, goals: np.ndarray, seed: int, budget: float) -> tuple[np.ndarray, int]:
        """Waypoints (m, n) from a start (n,) to one of the goals (G, n), all free and level, and which goal.

        Raises:
            NoPathError: none was found within `budget` s.
        """
        began, count = perf_counter(), NODES
        ends = np.concatenate([start[None], goals])
        direct = [self.edge(start, goal) for goal in goals]
        for number, way in enumerate(direct):
            if way is not None:
                return self._shortened(way), number
        while True:
            nodes = np.concatenate([ends, self._nodes(count, seed)])
            way, goal = self._through(nodes, len(goals), began + budget)
            if way is not None:
                return self._shortened(way), goal
            if perf_counter() - began > budget:
                raise NoPathError(
                    f"No path that keeps level was found within {budget:g} s (timeout): the last of the "
                    f"roadmaps had {len(nodes)} configurations.",
                    stage="path",
                )
            count *= 2

    def edge(self, begin: np.ndarray, end: np.ndarray) -> np.ndarray | None:
        """Waypoints (k, n) of a level, free motion between two configurations; None if there is none."""
        parts = max(1, int(np.ceil(np.linalg.norm(end - begin) / _SPACING)))
        points = begin + np.linspace(0, 1, parts + 1)[:, None] * (end - begin)
        if parts > 1:
            points[1:-1], level = self.leveller.levelled(points[1:-1], _EDGE_PART)
            steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
            if not level.all() or steps.max() > _STRETCH * _SPACING:
                return None
        between = 0.5 * (points[1:] + points[:-1])
        if (self.leveller.tilt(between) > self.leveller.angle).any():
            return None
        if not motions_free(self.body, self.world, points[:-1], points[1:]).all():
            return None
        return points

    def _nodes(self, count: int, seed: int) -> np.ndarray:
        """Free, level configurations of `count` tried."""
        limits = self.body.group.limits
        low = np.where(np.isfinite(limits.lower), limits.lower, -np.pi)
        high = np.where(np.isfinite(limits.upper), limits.upper, np.pi)
        points = qmc.Halton(self.body.group.dof, rng=seed).random(count)
        q, level = self.leveller.levelled(low + points * (high - low), _PART)
        q = q[level]
        return q[is_free(self.body, self.world, q)] if len(q) else q

    def _through(self, nodes: np.ndarray, goals: int, until: float) -> tuple[np.ndarray | None, int]:
        """The shortest way through a roadmap whose first nodes are the start and the goals."""
        found = KDTree(nodes).query(nodes, min(_NEIGHBOURS + 1, len(nodes)))
        apart, near = np.asarray(found[0]), np.asarray(found[1])
        rows = np.repeat(np.arange(len(nodes)), near.shape[1])
        size = (len(nodes), len(nodes))
        graph = coo_matrix((apart.ravel(), (rows, near.ravel())), size).todok()
        known: dict[tuple[int, int], np.ndarray] = {}
        while perf_counter() < until:
            away, before = dijkstra(graph.tocsr(), directed=False, indices=0, return_predecessors=True)
            goal = 1 + int(np.argmin(away[1 : goals + 1]))
            if not np.isfinite(away[goal]):
                break
            route = [goal]
            while route[0] != 0:
                route.insert(0, int(before[route[0]]))
            blocked = False
            for a, b in pairwise(route):
                if (a, b) in known:
                    continue
                way = self.edge(nodes[a], nodes[b])
                if way is None:
                    graph.pop((a, b), None)
                    graph.pop((b, a), None)
                    blocked = True
                    break
                known[a, b], known[b, a] = way, way[::-1]
            if not blocked:
                ways = [known[a, b] for a, b in pairwise(route)]
                return np.concatenate([ways[0][:1], *(way[1:] for way in ways)]), goal - 1
        return None, 0

    def _shortened(self, way: np.ndarray) -> np.ndarray:
        """The way without detours: from each waypoint on, an edge to the farthest that can be reached."""
        out, at = [way[:1]], 0
        while at < len(way) - 1:
            to, edge = at + 1, way[at : at + 2]  # known to be free
            for farther in range(len(way) - 1, at + 1, -1):
                longer = self.edge(way[at], way[farther])
                if longer is not None:
                    to, edge = farther, longer
                    break
            out.append(edge[1:])
            at = to
        return np.concatenate(out)
