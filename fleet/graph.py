"""Grids as directed graphs: each vertex has up to four neighbours, one in each heading.

Headings are those of the League of Robot Runners: 0 east (+x), 1 south (+y, one row down), 2 west, 3 north.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

from .errors import FleetError

HEADINGS = 4
STEP_XY = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])
"""(4, 2) x, y of a step in each heading."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Where robots can be, and which moves there are.

    Attributes:
        shape: height and width of the grid.
        cell: (V,) int32 row-major cell of each vertex.
        vertex: (height * width,) int32 vertex of each cell, or -1.
        ahead: (V, 4) int32 vertex that a move in a heading leads to, or -1.
        behind: (V, 4) int32 vertex from which a move in a heading leads here, or -1.
    """

    shape: tuple[int, int]
    cell: npt.NDArray[np.int32]
    vertex: npt.NDArray[np.int32]
    ahead: npt.NDArray[np.int32]
    behind: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.cell)

    @property
    def xy(self) -> npt.NDArray[np.int32]:
        """(V, 2) column and row of each vertex."""
        return np.stack([self.cell % self.shape[1], self.cell // self.shape[1]], axis=1)

    @property
    def is_two_way(self) -> bool:
        """Whether every move can be made backwards, too."""
        here, heading = np.nonzero(self.ahead >= 0)
        return bool((self.ahead[self.ahead[here, heading], (heading + 2) % HEADINGS] == here).all())

    def at(self, xy: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """Vertices (n,) of cells (n, 2) x, y.

        Raises:
            FleetError: one is outside the map or blocked.
        """
        cells = np.asarray(xy, np.int64).reshape(-1, 2)
        height, width = self.shape
        inside = np.all((cells >= 0) & (cells < (width, height)), axis=1)
        found = np.where(inside, self.vertex[(cells[:, 1] * width + cells[:, 0]) * inside], -1)
        if (wrong := np.flatnonzero(found < 0)).size:
            x, y = cells[wrong[0]]
            raise FleetError(f"Cell x {x}, y {y} is {'blocked' if inside[wrong[0]] else 'outside the map'}.")
        return found

    def without(self, blocked: npt.NDArray[np.bool_]) -> Graph:
        """The same vertices, without moves to or from those that are blocked, (V,) bool."""
        return self.closed(np.logical_or(blocked[self.ahead], blocked[:, None]))

    def part(self, inside: npt.NDArray[np.bool_]) -> Graph:
        """The graph of some of its vertices, (V,) bool, in their order."""
        number = np.where(inside, np.cumsum(inside) - 1, -1).astype(np.int32)
        ahead = np.where(self.ahead < 0, -1, number[self.ahead])[inside]
        vertex = np.where(self.vertex < 0, -1, number[self.vertex])
        return Graph(self.shape, self.cell[inside], vertex, ahead, _behind(ahead))

    def closed(self, moves: npt.NDArray[np.bool_]) -> Graph:
        """The same vertices, without moves that are closed, (V, 4) bool by vertex and heading."""
        ahead = np.where(moves, -1, self.ahead)
        return replace(self, ahead=ahead, behind=_behind(ahead))


def grid_graph(free: npt.NDArray[np.bool_], closed: npt.NDArray[np.bool_] | None = None) -> Graph:
    """The graph of a grid.

    Args:
        free: (height, width) bool.
        closed: (height, width, 4) bool, moves out of a cell that are not allowed: one-way lanes.

    Raises:
        FleetError: no cell is free, or shapes differ.
    """
    free = np.asarray(free, bool)
    if free.ndim != 2 or not free.any():
        raise FleetError("A map needs at least one free cell.")
    if closed is not None and closed.shape != (*free.shape, HEADINGS):
        raise FleetError(f"closed has shape {closed.shape}; it must be {(*free.shape, HEADINGS)}.")
    height, width = free.shape
    cell = np.flatnonzero(free).astype(np.int32)
    vertex = np.full(free.size, -1, np.int32)
    vertex[cell] = np.arange(len(cell), dtype=np.int32)
    bordered = np.full((height + 2, width + 2), -1, np.int32)
    bordered[1:-1, 1:-1] = vertex.reshape(free.shape)
    y, x = cell // width + 1, cell % width + 1
    ahead = np.stack([bordered[y + dy, x + dx] for dx, dy in STEP_XY], axis=1)
    if closed is not None:
        ahead[closed.reshape(-1, HEADINGS)[cell]] = -1
    return Graph((height, width), cell, vertex, ahead, _behind(ahead))


def _behind(ahead: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    behind = np.full_like(ahead, -1)
    here, heading = np.nonzero(ahead >= 0)
    behind[ahead[here, heading], heading] = here
    return behind


def links(graph: Graph) -> coo_array:
    """Moves as a sparse (V, V) matrix, for SciPy's algorithms."""
    here, heading = np.nonzero(graph.ahead >= 0)
    return coo_array(
        (np.ones(len(here), np.int8), (here, graph.ahead[here, heading])), shape=(len(graph),) * 2
    )
