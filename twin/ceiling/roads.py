"""The ways through the hall: aisles and levels as a graph, and smooth paths that keep to the right."""

from __future__ import annotations

import networkx as nx
import numpy as np

from ...assets.warehouse.layout import CROSS_AISLE, Layout

STEP = 0.05
"""Distance between points of a path, m."""
_CORNER = 0.9  # m of a corner that is cut
_SIDE = 2.2  # m from the ends of the racks to the middle of the main and the north aisle

Node = tuple[int, int]
"""Aisle and level: a crossing."""


class Roads:
    """Crossings of the storage aisles with the levels: main aisle (0), cross aisles, north aisle (last).

    Attributes:
        graph: crossings, with their `at` (2,) in m, and the ways between them.
        levels: y of each level, m.
    """

    def __init__(self, layout: Layout) -> None:
        self.levels = [layout.blocks[0][0] - _SIDE]
        self.levels += [end + CROSS_AISLE / 2 for _, end in layout.blocks[:-1]]
        self.levels.append(layout.blocks[-1][1] + _SIDE)
        self.graph = nx.Graph()
        for k, x in enumerate(layout.aisle_x):
            for level, y in enumerate(self.levels):
                self.graph.add_node((k, level), at=np.array([x, y]))
                if level:
                    self._connect((k, level - 1), (k, level))
                if k:
                    self._connect((k - 1, level), (k, level))

    def _connect(self, a: Node, b: Node) -> None:
        length = float(np.linalg.norm(self.at(a) - self.at(b)))
        self.graph.add_edge(a, b, length=length)

    def at(self, node: Node) -> np.ndarray:
        """(2,) m."""
        return self.graph.nodes[node]["at"]


def keep_right(corners: np.ndarray, offset: float) -> np.ndarray:
    """The way (n, 2) along `corners` (n, 2), shifted by `offset` m to the right of where it goes.

    Where the way turns, the shifted legs meet; a way back on itself is closed by a step across.
    """
    legs = np.diff(corners, axis=0)
    along = legs / np.linalg.norm(legs, axis=1, keepdims=True)
    right = np.column_stack([along[:, 1], -along[:, 0]]) * offset
    points = [corners[0] + right[0]]
    for k in range(1, len(corners) - 1):
        if float(along[k - 1] @ along[k]) < -0.99:
            points += [corners[k] + right[k - 1], corners[k] + right[k]]
        elif abs(float(along[k - 1] @ along[k])) > 0.99:
            points.append(corners[k] + right[k])
        else:
            points.append(corners[k] + right[k - 1] + right[k])
    points.append(corners[-1] + right[-1])
    return np.array(points)


def smooth(points: np.ndarray) -> np.ndarray:
    """A path (m, 2) with a point every `STEP` m along `points` (n, 2), its corners cut to parabolas."""
    pieces = [points[:1]]
    for before, corner, after in zip(points[:-2], points[1:-1], points[2:], strict=True):
        back, on = before - corner, after - corner
        a, b = np.linalg.norm(back), np.linalg.norm(on)
        if min(a, b) < 1e-6:
            continue
        cut = min(_CORNER, a / 2, b / 2)
        start, end = corner + back / a * cut, corner + on / b * cut
        t = np.linspace(0, 1, 9)[:, None]
        pieces.append((1 - t) ** 2 * start + 2 * t * (1 - t) * corner + t**2 * end)
    pieces.append(points[-1:])
    way = np.concatenate(pieces)
    at = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1))])
    even = np.arange(0.0, at[-1], STEP)
    return np.column_stack([np.interp(even, at, way[:, axis]) for axis in (0, 1)])
