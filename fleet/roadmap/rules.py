"""What a roadmap is asked to be: sites and rules, as a file says them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .areas import Points

KINDS = ("station", "charger", "parking", "dock")
"""What is done at a site: orders begin and end at stations and docks."""
DIRECTIONS = ("east", "south", "west", "north")
"""Names of headings: towards +X, -Y, -X and +Y of the world."""


@dataclass(frozen=True)
class Site:
    """A place where something is done.

    Attributes:
        name: unlike that of any other.
        kind: of `KINDS`.
        position: x, y in the world, m.
        reach: distance in m from which a robot serves it: a cell of the road must be as near.
    """

    name: str
    kind: str
    position: tuple[float, float]
    reach: float = 1.5


@dataclass(frozen=True, eq=False)
class Zone:
    """A rule for a part of the floor.

    Attributes:
        name: for messages.
        area: (k, 2) corners in the world, m.
        direction: one-way lanes only: heading of moves along the lane, 0 to 3 as in `DIRECTIONS`.
        speed: speed zones only: part of full speed, above 0 to 1.
    """

    name: str
    area: Points
    direction: int = -1
    speed: float = 1.0


@dataclass(frozen=True)
class Rules:
    """Sites and rules of a roadmap.

    Attributes:
        source: file or other name, for messages.
        diameter: of the circle that a robot turns in, m.
        clearance: distance in m that this circle keeps from what stands on the floor.
        cell: distance of neighbours on the road, m; by default the least at which robots follow each other
            closely around corners.
        sites: all places.
        one_way: lanes along which moves in the opposite direction are closed.
        speed: zones in which robots are slower.
        keep_out: zones that robots do not touch.
    """

    source: str
    diameter: float
    clearance: float = 0.05
    cell: float | None = None
    sites: tuple[Site, ...] = ()
    one_way: tuple[Zone, ...] = ()
    speed: tuple[Zone, ...] = ()
    keep_out: tuple[Zone, ...] = field(default=())

    @property
    def radius(self) -> float:
        """Distance in m that the middle of a robot keeps from what stands on the floor."""
        return self.diameter / 2 + self.clearance

    @property
    def positions(self) -> Points:
        """(n, 2) of all sites, m."""
        return np.array([site.position for site in self.sites], float).reshape(-1, 2)
