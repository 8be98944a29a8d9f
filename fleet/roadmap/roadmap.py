"""A roadmap: the graph that robots move on, and where its vertices and sites are in the world."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import RoadmapError
from ..fields import Weights
from ..graph import Graph
from .areas import Points, distances, polygon
from .rules import Rules, Site

YAW = (0.0, -math.pi / 2, math.pi, math.pi / 2)
"""Yaw in rad of headings 0 to 3: rows of the graph count southwards, Y of the world northwards."""
_STEP = 0.05  # distance in m of points at which a move is looked at


@dataclass(frozen=True, eq=False)
class Roadmap:
    """Where robots may be, all that `fleet.lifelong.traffic.Traffic` needs, in metres of the world.

    Attributes:
        graph: moves; each vertex is in the core, one-way lanes are closed against their direction.
        weights: (V, 4) costs of moves: lanes of rows and columns, and speed zones.
        speed: (V,) part of full speed at which a vertex is passed.
        rules: that it was made by.
        cell: distance of neighbours, m.
        corner: x, y of the middle of cell (0, 0), the north-western one, m.
        vertices: vertex of each site of `rules.sites`, in their order.
    """

    graph: Graph
    weights: Weights
    speed: npt.NDArray[np.float64]
    rules: Rules
    cell: float
    corner: tuple[float, float]
    vertices: npt.NDArray[np.int32]

    @property
    def footprint(self) -> float:
        """Diameter of a robot in cells, as `Traffic` takes it."""
        return self.rules.diameter / self.cell

    @property
    def positions(self) -> Points:
        """(V, 2) of all vertices in the world, m."""
        return self.corner + self.graph.xy.astype(float) * (self.cell, -self.cell)

    def position(self, vertex: int) -> tuple[float, float]:
        """x, y of a vertex in the world, m."""
        x, y = self.positions[vertex].tolist()
        return x, y

    def site(self, name: str) -> Site:
        """A site by its name.

        Raises:
            RoadmapError: there is none.
        """
        return self.rules.sites[self._index(name)]

    def vertex(self, name: str) -> int:
        """The vertex at which robots serve a site.

        Raises:
            RoadmapError: there is no such site.
        """
        return int(self.vertices[self._index(name)])

    def named(self, kind: str) -> list[str]:
        """Names of all sites of a kind: station, charger, parking or dock."""
        return [site.name for site in self.rules.sites if site.kind == kind]

    def nearest(self, xy: npt.ArrayLike) -> int:
        """The vertex nearest to a point x, y of the world, m."""
        return int(np.argmin(((self.positions - np.asarray(xy, float)) ** 2).sum(1)))

    def blocked_by(self, area: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """Vertices that something on the floor takes: robots there, or on a move from there, would touch it.

        Args:
            area: corners (k, 2), or a box x0, y0, x1, y1, in the world, m.

        Returns:
            (m,) vertices. Of a move that alone is blocked, the end that is nearer to the area is.

        Raises:
            ValueError: the area is neither.
        """
        corners, at, radius = polygon(area), self.positions, self.rules.radius
        reach = radius + self.cell
        near = ((at >= corners.min(0) - reach) & (at <= corners.max(0) + reach)).all(1)
        gap = np.full(len(at), np.inf)
        gap[near] = distances(corners, at[near])
        blocked = gap < radius
        here, heading = np.nonzero((self.graph.ahead >= 0) & near[:, None])
        there = self.graph.ahead[here, heading]
        points = math.ceil(self.cell / _STEP)
        for k in range(1, points):
            on_the_way = at[here] + k / points * (at[there] - at[here])
            # Points between these are nearer by half their distance at the most.
            close = distances(corners, on_the_way) < radius + self.cell / points / 2
            close &= ~blocked[here] & ~blocked[there]
            blocked[np.where(gap[here] <= gap[there], here, there)[close]] = True
        return np.flatnonzero(blocked).astype(np.int32)

    def _index(self, name: str) -> int:
        for index, site in enumerate(self.rules.sites):
            if site.name == name:
                return index
        raise RoadmapError(f"{self.rules.source}: has no site {name!r}.")
