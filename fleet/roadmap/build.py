"""A roadmap from a map and rules: a grid laid over the free floor, one-way lanes, speed zones, sites."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..core import core
from ..errors import RoadmapError
from ..fields import STEP, Weights
from ..graph import HEADINGS, Graph
from ..lifelong.lanes import lane_weights
from ..maps.map_server import Occupancy
from ..pockets import pockets
from .areas import Points, distances
from .grid import lay_grid
from .place import place_sites
from .roadmap import Roadmap
from .rules import Rules, Zone

_DEAREST = 255
Mask = npt.NDArray[np.bool_]


def build_roadmap(occupancy: Occupancy, rules: Rules) -> Roadmap:
    """Lay a grid over the free floor where it has most room, follow the rules, and keep the core.

    Args:
        occupancy: the map; unknown floor is not driven on.
        rules: sites and rules.

    Raises:
        RoadmapError: no robot fits, a zone covers no road, one-way lanes cut off a part of it or could lock
            robots, a site stands in a wall, is out of reach, or shares its cell with another.
    """
    graph, corner, cell = lay_grid(occupancy, rules)
    at = corner + graph.xy * (cell, -cell)
    speed = np.ones(len(graph))
    for zone in rules.speed:
        inside = _covered("speed", zone, at, rules)
        speed[inside] = np.minimum(speed[inside], zone.speed)
    before = core(graph)
    graph, lanes = _with_lanes(graph, at, rules)
    inside = core(graph)
    _refuse_cut_off(before & ~inside, at, rules)
    _refuse_pockets(graph, inside, at, rules)
    weights = np.minimum(np.ceil(lanes / speed[:, None]), _DEAREST).astype(np.uint8)
    vertices = place_sites(occupancy, at, inside, rules)
    return Roadmap(
        graph.part(inside),
        weights[inside],
        speed[inside],
        rules,
        cell,
        corner,
        np.cumsum(inside)[vertices] - 1,
    )


def _with_lanes(graph: Graph, at: Points, rules: Rules) -> tuple[Graph, Weights]:
    """Moves without those against one-way lanes, and what moves cost along lanes of rows and columns."""
    lanes = lane_weights(graph)
    for zone in rules.one_way:
        inside = _covered("one_way", zone, at, rules)
        against = (zone.direction + 2) % HEADINGS
        closed = np.zeros(graph.ahead.shape, bool)
        closed[:, against] = inside & inside[graph.ahead[:, against]] & (graph.ahead[:, against] >= 0)
        if not closed.any():
            raise RoadmapError(
                f"{rules.source}: one_way {zone.name!r} covers no move along it; its area must hold the "
                "middles of two cells of the road."
            )
        graph = graph.closed(closed)
        lanes[inside, zone.direction] = STEP
    return graph, lanes


def _covered(what: str, zone: Zone, at: Points, rules: Rules) -> Mask:
    """(V,) vertices in a zone."""
    inside = distances(zone.area, at) == 0
    if not inside.any():
        raise RoadmapError(
            f"{rules.source}: {what} {zone.name!r} covers no cell of the road; look at its area."
        )
    return inside


def _refuse_cut_off(lost: Mask, at: Points, rules: Rules) -> None:
    if lost.any():
        place = at[np.argmax(lost)]
        raise RoadmapError(
            f"{rules.source}: one-way lanes cut off {lost.sum()} cells of the road, one at {_point(place)} "
            f"(near {_nearest_lane(place, rules)}): ways lead in or out, and not both."
        )


def _refuse_pockets(graph: Graph, inside: Mask, at: Points, rules: Rules) -> None:
    """Half of the road may be full of robots, and still none waits for ever."""
    found = np.argwhere(pockets(graph, inside, int(inside.sum()) // 2))
    if len(found):
        place = at[found[0, 0]]
        raise RoadmapError(
            f"{rules.source}: robots could lock at {_point(place)} (near {_nearest_lane(place, rules)}), "
            "where the way in is the only way out; make the lane one-way to its end, or two-way."
        )


def _nearest_lane(place: Points, rules: Rules) -> str:
    gaps = [float(distances(zone.area, place[None])[0]) for zone in rules.one_way]
    return f"one_way {rules.one_way[int(np.argmin(gaps))].name!r}"


def _point(place: Points) -> str:
    return f"x {place[0]:.1f}, y {place[1]:.1f} m"
