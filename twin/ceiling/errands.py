"""Where actors go next: AMRs between aisles and pick stations, fork trucks and docks, workers along racks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import networkx as nx
import numpy as np

from ...assets.warehouse.layout import Layout, Site
from .roads import Node, Roads, keep_right, smooth
from .traffic import Leg

KEEP_RIGHT = {"amr": 0.6, "forklift": 0.85, "worker": 1.4}
"""How far from the middle of an aisle each kind drives or walks, m."""
_WORK = {"amr": (2.0, 5.0), "forklift": (3.0, 6.0), "worker": (5.0, 30.0)}  # s in an aisle
_STATION = (8.0, 25.0)  # s of a stay at a station or dock
_ON_FOOT = 3  # every third aisle is for people alone
_TRIES = 20


@dataclass(frozen=True, eq=False)
class Errand:
    """One leg, and how things are when it is done: the crossings ahead and behind, what follows at once."""

    leg: Leg
    ahead: Node
    behind: Node
    then: tuple[Leg, ...] = ()
    station: str = ""


class Purpose(Protocol):
    """What sends an actor about."""

    def propose(self, at: np.ndarray) -> Errand | None:
        """Something to do for who is `at` (2,) in m; None if nothing comes to mind."""
        ...

    def accept(self, errand: Errand) -> None:
        """It is going to be done."""
        ...

    def give_up(self) -> None:
        """Nothing that was proposed can be done."""
        ...


@dataclass(eq=False)
class Errands:
    """Random errands of one actor.

    Attributes:
        ahead, behind: the crossing that it comes to next, and the last one.
        stations: where it may stay. taken: names of those that someone stays at, shared by all.
    """

    roads: Roads
    rng: np.random.Generator
    kind: str
    ahead: Node
    behind: Node
    stations: Sequence[Site]
    taken: set[str]
    _queue: tuple[Leg, ...] = ()
    _station: str = ""
    _graph: nx.Graph = field(init=False)

    def __post_init__(self) -> None:
        self._graph = ways_of(self.roads, self.kind)

    def propose(self, at: np.ndarray) -> Errand | None:
        """The next leg: what is left of the last errand, or a new one."""
        if self._queue:
            return Errand(self._queue[0], self.ahead, self.behind, self._queue[1:])
        free = [site for site in self.stations if site.name not in self.taken]
        if free and self.rng.random() < 0.5:
            return self._to_station(at, free[self.rng.integers(len(free))])
        return self._to_aisle(at)

    def accept(self, errand: Errand) -> None:
        """Remember where it leads."""
        if not errand.then and not self._queue:
            self.taken.discard(self._station)
        if errand.station:
            self._station = errand.station
            self.taken.add(errand.station)
        self.ahead, self.behind, self._queue = errand.ahead, errand.behind, errand.then

    def give_up(self) -> None:
        """Turn round, unless that leads to where it may not go."""
        if not self._queue and not self._is_off_limits(self.behind):
            self.ahead, self.behind = self.behind, self.ahead

    def _to_aisle(self, at: np.ndarray) -> Errand | None:
        """To a place in an aisle, from where it then goes on."""
        edges = [edge for edge in self._graph.edges if edge[0][0] == edge[1][0]]
        for _ in range(_TRIES):
            start, end = edges[self.rng.integers(len(edges))]
            if self.rng.random() < 0.5:
                start, end = end, start
            if self._is_off_limits(start):
                start, end = end, start
            way = self._route(start)
            if way is None or (len(way) > 1 and way[-2] == end):
                continue
            share = self.rng.uniform(0.2, 0.7)
            goal = (1 - share) * self.roads.at(start) + share * self.roads.at(end)
            path = self._path(at, [*map(self.roads.at, way), goal])
            leg = Leg(path, self.rng.uniform(*_WORK[self.kind]))
            return Errand(leg, start, end) if self._is_off_limits(end) else Errand(leg, end, start)
        return None

    def _to_station(self, at: np.ndarray, site: Site) -> Errand | None:
        """To a station or dock beside the nearest level, and back out of it."""
        level = 0 if site.position[1] < 0 else len(self.roads.levels) - 1
        row = sorted(node for node in self.roads.graph if node[1] == level)
        x = [self.roads.at(node)[0] for node in row]
        west = int(np.clip(np.searchsorted(x, site.position[0]) - 1, 0, len(x) - 2))
        first, last = row[west], row[west + 1]
        if self.ahead[0] > west:
            first, last = last, first
        way = self._route(first)
        if way is None or (len(way) > 1 and way[-2] == last):
            return None
        corners = [*map(self.roads.at, way), np.array([site.position[0], self.roads.levels[level]])]
        path = self._path(at, [*corners, np.array(site.position[:2])])
        eastwards = last[0] > first[0]
        lane = self.roads.levels[level] + (-1 if eastwards else 1) * KEEP_RIGHT[self.kind]
        out = smooth(np.array([path[-1], [path[-1, 0], lane]]))
        stay = Leg(path, self.rng.uniform(*_STATION))
        return Errand(stay, last, first, (Leg(out, 1.0, backwards=True),), site.name)

    def _is_off_limits(self, node: Node) -> bool:
        return self.kind == "worker" and node[1] == len(self.roads.levels) - 1

    def _route(self, goal: Node) -> list[Node] | None:
        """Shortest way to a crossing that does not begin with turning round, if there is one."""
        allowed = self._graph
        if self.behind not in (self.ahead, goal):
            allowed = nx.restricted_view(allowed, [self.behind], [])
        try:
            return nx.shortest_path(allowed, self.ahead, goal, weight="length")
        except (nx.NetworkXNoPath, nx.NodeNotFound):
            return None

    def _path(self, at: np.ndarray, corners: list[np.ndarray]) -> np.ndarray:
        """From `at` along the right side of `corners`."""
        points = keep_right(np.array([_beside(at, corners[0]), *corners]), KEEP_RIGHT[self.kind])
        points[0] = at
        return smooth(points)


@dataclass(eq=False)
class Shuttle:
    """To and fro between two `ends` (2, 2) in m."""

    ends: np.ndarray
    goal: int = 1

    def propose(self, at: np.ndarray) -> Errand:
        """To the other end."""
        return Errand(Leg(smooth(np.array([at, self.ends[self.goal]])), 4.0), (0, 0), (0, 0))

    def accept(self, errand: Errand) -> None:
        """Next time, the other way."""
        self.goal = 1 - self.goal

    def give_up(self) -> None:
        """Try again later."""


def ways_of(roads: Roads, kind: str) -> nx.Graph:
    """The part of the roads, as they are at any time, that a kind may use.

    Every third storage aisle is for people alone and the others are for vehicles; people keep out of the
    northernmost level, where the AMRs' lane is.
    """
    top, on_foot = len(roads.levels) - 1, kind == "worker"

    def may_use(a: Node, b: Node) -> bool:
        if a[0] == b[0] and (a[0] % _ON_FOOT == 1) != on_foot:
            return False
        return not (on_foot and a[1] == b[1] == top)

    return nx.subgraph_view(roads.graph, filter_edge=may_use)


def _beside(at: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """The point on the middle line through `corner` that `at` is beside."""
    axis = int(np.argmax(np.abs(at - corner)))
    beside = corner.copy()
    beside[axis] = at[axis] if abs(at[axis] - corner[axis]) > 1e-3 else corner[axis] + 1e-2
    return beside


def stations_for(layout: Layout, kind: str) -> list[Site]:
    """Where a kind may stay: AMRs at pick stations, fork trucks at docks without staged goods."""
    if kind == "amr":
        return [site for site in layout.sites if site.kind == "pick_station"]
    staged = {dock.name for dock in layout.docks if dock.staged}
    return [
        Site(site.name, site.kind, (site.position[0], site.position[1] + 2.5, 0.0), site.yaw)
        for site in layout.sites
        if kind == "forklift" and site.kind.startswith("dock") and site.name not in staged
    ]
