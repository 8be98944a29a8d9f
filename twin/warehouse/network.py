"""The AMRs' ways through a generated warehouse: two lanes in each of their aisles, and around them.

Vertices lie on lines along and across the hall that are 1 to 2 m apart, so that a grid of the fleet has them
as its cells: row 0 is the northernmost line, column 0 the westernmost. Traffic keeps to the right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...assets.warehouse.layout import Layout
from ...fleet.core import core
from ...fleet.fields import STEP, Weights, plain_weights
from ...fleet.graph import Graph, grid_graph
from .scenario import WaysCfg
from .ways import follow

LANE = 0.9
"""m from the middle of an aisle to each of its lanes."""
EVERY, FIRST = 3, 2
"""Of the aisles every third is the AMRs'; of the others fork trucks and people have one each."""
_PITCH = 1.45  # m between lines, about
_CLEAR = 0.55  # m that a vertex is away from what stands there
_AGAINST = 6.0  # steps that a move against its lane costs
_EDGE = 0.75  # m from the last lines to racks


@dataclass(frozen=True, eq=False)
class Network:
    """Where AMRs can be.

    Attributes:
        graph: of the fleet.
        weights: (V, 4) costs of its moves: lanes have directions.
        at: (V, 2) m, each vertex in the world.
        core: (V,) bool, where they may be sent.
        stations, chargers, parking: vertices by the sites' names.
        aisles: vertices by the aisles' names, from south to north, both lanes in turn.
        closed: those of aisles that are closed all the time; none of them is in the core.
    """

    graph: Graph
    weights: Weights
    at: np.ndarray
    core: np.ndarray
    stations: dict[str, int]
    chargers: dict[str, int]
    parking: dict[str, int]
    aisles: dict[str, np.ndarray]
    closed: dict[str, np.ndarray]

    def near(self, place: np.ndarray, radius: float) -> np.ndarray:
        """Vertices within `radius` m of a place (2,) in m."""
        return np.flatnonzero(np.linalg.norm(self.at - place, axis=1) < radius)


def amr_aisles(layout: Layout) -> list[int]:
    """Numbers of the aisles that are the AMRs'."""
    return list(range(FIRST, len(layout.aisle_x), EVERY))


def build_network(layout: Layout, ways: WaysCfg | None = None, chargers: int | None = None) -> Network:
    """The AMRs' ways in a layout.

    Args:
        layout: of the hall.
        ways: rules for aisles; none by default.
        chargers: how many of the hall's are used, along the whole wall; all by default.

    Raises:
        ValueError: the hall is too small for them, has fewer chargers, or no such aisle.
    """
    ways = WaysCfg() if ways is None else ways
    if len(layout.aisle_x) <= FIRST:
        raise ValueError(f"A hall of {layout.cfg.area_m2:g} m2 has no aisle for AMRs: give a larger area_m2.")
    xs, east = _columns(layout)
    ys, north = _rows(layout)
    at = np.stack(np.meshgrid(xs, ys), axis=-1)
    free = _is_clear(layout, at) & (at[..., 1] > layout.blocks[0][0])
    free &= ~_is_others_aisle(layout, at)
    closed = np.zeros((*free.shape, 4), bool)
    closed[:, :-1, 0] = ~_is_clear(layout, (at[:, :-1] + at[:, 1:]) / 2)
    closed[:, 1:, 2] = closed[:, :-1, 0]
    closed[:-1, :, 1] = ~_is_clear(layout, (at[:-1] + at[1:]) / 2)
    closed[1:, :, 3] = closed[:-1, :, 1]
    graph = grid_graph(free, closed)
    places = at.reshape(-1, 2)[graph.cell]
    weights = _lanes(graph, east, north)
    aisles = _aisles(layout, places, core(graph))
    graph = follow(ways, graph, places, aisles)
    inside = core(graph)
    sites = {kind: _sites(layout, kind, places, inside) for kind in ("pick_station", "charger", "amr")}
    return Network(
        graph, weights, places, inside,
        sites["pick_station"], _some(sites["charger"], chargers), sites["amr"],
        {name: vertices for name, vertices in aisles.items() if name not in ways.closed},
        {name: aisles[name] for name in ways.closed},
    )  # fmt: skip


def _some(chargers: dict[str, int], count: int | None) -> dict[str, int]:
    """`count` of them, evenly along their row; all if None."""
    names = list(chargers)
    if count is None:
        return chargers
    if count > len(names):
        raise ValueError(f"fleet.chargers = {count}: the hall has {len(names)}.")
    return {
        name: chargers[name]
        for name in (names[(2 * k + 1) * len(names) // (2 * count)] for k in range(count))
    }


def _columns(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """x of the lines along Y (n,) from west to east, and which lead north (n,)."""
    lanes = np.array([x + side * LANE for x in layout.aisle_x for side in (-1, 1)])
    sides = np.tile([False, True], len(layout.aisle_x))
    (west, _), (east, _) = layout.interior
    xs, leads = [west + 0.6, west + 0.6 + _PITCH], [False, True]
    for k, x in enumerate(lanes):
        if xs and not sides[k]:
            between = _between(xs[-1], x)
            leads += [bool(n % 2) for n in range(len(between))]
            xs += between
        xs.append(float(x))
        leads.append(bool(sides[k]))
    last = [east - 1.2 - _PITCH, east - 1.2]
    between = _between(xs[-1], last[0])
    xs += [*between, *last]
    leads += [bool(n % 2) for n in range(len(between))] + [False, True]
    return np.array(xs), np.array(leads)


def _rows(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """y of the lines along X (n,) from north to south, and which lead east (n,)."""
    ys: list[float] = []
    leads: list[bool] = []
    for start, end in layout.blocks:
        first, last = start + _EDGE, end - _EDGE
        if ys:  # a cross aisle: eastwards on its southern side
            ys += _between(ys[-1], first, least=2)
            leads += [n == 0 for n in range(len(ys) - len(leads))]
        rows = [first, *_between(first, last), last]
        ys += rows
        leads += [bool(n % 2) for n in range(len(rows))]
    station = max(site.position[1] for site in layout.sites if site.kind == "pick_station")
    rows = [*_between(ys[-1], station, least=2), station]
    ys += rows
    leads += [n % 2 == 0 for n in range(len(rows))]
    return np.array(ys[::-1]), np.array(leads[::-1])


def _between(first: float, last: float, least: int = 0) -> list[float]:
    """Lines between two others, about `_PITCH` apart."""
    count = max(round((last - first) / _PITCH) - 1, least)
    return np.linspace(first, last, count + 2)[1:-1].tolist()


def _is_clear(layout: Layout, at: np.ndarray) -> np.ndarray:
    """Which places (..., 2) in m are far enough from all that stands on the floor."""
    (west, south), (east, north) = layout.interior
    low, high = np.array([west, south]) + _CLEAR, np.array([east, north]) - _CLEAR
    clear = np.asarray(((at >= low) & (at <= high)).all(axis=-1))
    for box in layout.obstacles:
        middle, half = np.array(box.center[:2]), np.array(box.size[:2]) / 2 + _CLEAR
        clear &= (np.abs(at - middle) >= half).any(axis=-1)
    return clear


def _is_others_aisle(layout: Layout, at: np.ndarray) -> np.ndarray:
    """Which places (..., 2) are between the racks of aisles that are not the AMRs'."""
    within = np.zeros(at.shape[:-1], bool)
    for start, end in layout.blocks:
        within |= (at[..., 1] > start) & (at[..., 1] < end)
    nearest = np.abs(at[..., :1] - np.array(layout.aisle_x)).argmin(axis=-1)
    between = np.abs(at[..., 0] - np.array(layout.aisle_x)[nearest]) < layout.aisle_width / 2
    return within & between & (nearest % EVERY != FIRST)


def _lanes(graph: Graph, leads_north: np.ndarray, leads_east: np.ndarray) -> Weights:
    """A move against its lane costs more."""
    weights = plain_weights(graph)
    column, row = graph.xy.T
    north, east = leads_north[column], leads_east[row]
    weights[np.stack([~east, north, east, ~north], axis=1)] = round(STEP * _AGAINST)
    return weights


def _sites(layout: Layout, kind: str, at: np.ndarray, inside: np.ndarray) -> dict[str, int]:
    """The vertex nearest to each site of a kind, in the core, no vertex for two."""
    found: dict[str, int] = {}
    for site in layout.sites:
        if site.kind != kind:
            continue
        order = np.argsort(np.linalg.norm(at - np.array(site.position[:2]), axis=1), kind="stable")
        found[site.name] = next(int(v) for v in order if inside[v] and int(v) not in found.values())
    return found


def _aisles(layout: Layout, at: np.ndarray, inside: np.ndarray) -> dict[str, np.ndarray]:
    aisles = {}
    for k in amr_aisles(layout):
        for block, (start, end) in enumerate(layout.blocks):
            is_in = (np.abs(at[:, 0] - layout.aisle_x[k]) < layout.aisle_width / 2) & inside
            is_in &= (at[:, 1] > start) & (at[:, 1] < end)
            vertices = np.flatnonzero(is_in)
            aisles[f"aisle_{k + 1:02d}{'ABCDEFGH'[block]}"] = vertices[np.argsort(at[vertices, 1])]
    return aisles
