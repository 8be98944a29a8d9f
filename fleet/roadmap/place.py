"""Which vertex of a road serves a site."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..errors import RoadmapError
from ..maps.map_server import Occupancy
from .areas import Points
from .rules import Rules, Site


def place_sites(
    occupancy: Occupancy, at: Points, inside: npt.NDArray[np.bool_], rules: Rules
) -> npt.NDArray[np.int64]:
    """The nearest vertex of the core to each site, from which nothing stands in between.

    Args:
        occupancy: the map.
        at: (V, 2) vertices in the world, m.
        inside: (V,) the core.
        rules: with the sites.

    Returns:
        (n,) vertex of each site.

    Raises:
        RoadmapError: two sites are nearer to each other than robots can be, or share a vertex; a site stands
            in a wall, or no vertex of the core is in its reach.
    """
    _refuse_overlaps(rules)
    vertices: list[int] = []
    for site in rules.sites:
        vertex = _vertex(occupancy, at, inside, site, rules)
        if vertex in vertices:
            other = rules.sites[vertices.index(vertex)]
            raise RoadmapError(
                f"{rules.source}: sites {other.name!r} and {site.name!r} are served from one cell of the "
                f"road, at {_point(at[vertex])}; move one of them."
            )
        vertices.append(vertex)
    return np.array(vertices, np.int64)


def _refuse_overlaps(rules: Rules) -> None:
    gap = np.linalg.norm(rules.positions[:, None] - rules.positions, axis=2)
    for i, j in np.argwhere(np.triu(gap < rules.diameter, 1))[:1]:
        raise RoadmapError(
            f"{rules.source}: sites {rules.sites[i].name!r} and {rules.sites[j].name!r} overlap: they are "
            f"{gap[i, j]:.2f} m apart, and a robot takes {rules.diameter:g} m."
        )


def _vertex(occupancy: Occupancy, at: Points, inside: npt.NDArray[np.bool_], site: Site, rules: Rules) -> int:
    place = np.array(site.position)
    if not occupancy.is_free(place):
        raise RoadmapError(
            f"{rules.source}: site {site.name!r} at {_point(place)} stands in a wall or outside the map."
        )
    gap = np.linalg.norm(at - place, axis=1)
    near = np.argsort(gap, kind="stable")[: int((gap <= site.reach).sum())]
    seen = [int(v) for v in near if _is_open(occupancy, at[v], place)]
    for vertex in seen:
        if inside[vertex]:
            return vertex
    if seen:
        raise RoadmapError(
            f"{rules.source}: site {site.name!r} at {_point(place)} lies in a dead end or cut off from the "
            "rest of the road, where robots cannot pass each other."
        )
    raise RoadmapError(
        f"{rules.source}: site {site.name!r} at {_point(place)} cannot be reached: the next cell of the road "
        f"is {gap.min():.2f} m away, or behind something; its reach is {site.reach:g} m."
    )


def _is_open(occupancy: Occupancy, a: Points, b: Points) -> bool:
    """Whether nothing stands on the line between two points."""
    count = 2 + math.ceil(2 * float(np.linalg.norm(b - a)) / occupancy.resolution)
    return bool(occupancy.is_free(np.linspace(a, b, count)).all())


def _point(place: Points) -> str:
    return f"x {place[0]:.1f}, y {place[1]:.1f} m"
