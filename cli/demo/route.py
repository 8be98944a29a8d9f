"""The way of the demo: down a storage aisle, along the main aisle, to an open dock; in two lanes."""

from __future__ import annotations

import dataclasses
import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import distance_transform_edt, map_coordinates

from ...assets.warehouse.layout import Layout
from ...assets.warehouse.occupancy_map import FREE, RESOLUTION, origin
from ...deploy_jetson.route import Route

SPEED = 0.5
RADIUS = 0.45
"""Commanded m/s, and within how many m a waypoint counts as reached."""
LANE_OFFSET = 0.6
"""Distance of either lane from the middle, m."""
CLEARANCE = 0.5
"""Least distance of a lane from anything that stands on the floor, m."""
SLALOM = 0.2
"""Every other waypoint lies this far beside the straight line, m."""
IN_AISLE = 8.5, 4.5
"""Start and first waypoint, m before the end of the racks."""
ALONG_RACKS = 6.0
"""Least way along the main aisle, m."""
FROM_RACKS, FROM_DOOR = 2.8, 2.2
"""Distance of the way along the main aisle from the racks, and of its end from the door, m."""


class FloorMap:
    """Free floor, from `map.pgm`."""

    def __init__(self, free: np.ndarray, corner: tuple[float, float]) -> None:
        self.free, self.corner = free, corner
        self._distance = np.asarray(distance_transform_edt(free)) * RESOLUTION

    @staticmethod
    def load(path: Path, layout: Layout) -> FloorMap:
        """Read the PGM that was generated with `layout`."""
        with Image.open(path) as image:
            cells = np.asarray(image)
        return FloorMap(cells[::-1] == FREE, origin(layout))

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Distance in m from each of the points (n, 2) to the nearest cell that is not free, (n,)."""
        columns_rows = (points - self.corner) / RESOLUTION - 0.5
        return map_coordinates(self._distance, columns_rows[:, ::-1].T, order=1)

    def clearance(self, points: np.ndarray) -> float:
        """Least such distance of the lines through `points` (n, 2)."""
        lines = [
            np.linspace(a, b, math.ceil(np.linalg.norm(b - a) / RESOLUTION)) for a, b in pairwise(points)
        ]
        return float(self.distance(np.concatenate(lines)).min())


def centre_line(layout: Layout) -> np.ndarray:
    """Start and six waypoints (7, 2), m: down an aisle, across to the nearest open dock with a free lane.

    Raises:
        ValueError: the warehouse has no such dock or no aisle beside it.
    """
    docks = [dock.x for dock in layout.docks if dock.is_open and not dock.staged]
    pairs = [(dock, aisle) for dock in docks for aisle in layout.aisle_x if aisle - dock > ALONG_RACKS]
    if not pairs:
        raise ValueError("The warehouse has no open dock without goods before it west of an aisle.")
    dock, aisle = min(pairs, key=lambda pair: (abs(pair[0]), pair[1]))
    rack_end = layout.blocks[0][0]
    main_aisle = rack_end - FROM_RACKS
    door = -layout.half_width
    return np.array(
        [
            (aisle, rack_end + IN_AISLE[0]),
            (aisle - SLALOM, rack_end + IN_AISLE[1]),
            (aisle, main_aisle),
            ((aisle + dock) / 2, main_aisle + SLALOM),
            (dock, main_aisle),
            (dock + SLALOM, (main_aisle + door + FROM_DOOR) / 2),
            (dock, door + FROM_DOOR),
        ]
    )


def lane(line: np.ndarray, offset: float) -> Route:
    """A route parallel to `line` (n, 2), `offset` m to its left."""
    directions = np.diff(line, axis=0)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    before, after = np.vstack((directions[:1], directions)), np.vstack((directions, directions[-1:]))
    mitre = (before + after) / (1 + (before * after).sum(axis=1, keepdims=True))
    points = line + offset * np.column_stack((-mitre[:, 1], mitre[:, 0]))
    yaw = math.atan2(directions[0, 1], directions[0, 0])
    return Route(
        start=(*points[0].tolist(), yaw),
        waypoints=tuple(tuple(point) for point in points[1:].tolist()),
        speed=SPEED,
        radius=RADIUS,
    )


def two_lanes(layout: Layout, floor: FloorMap) -> tuple[Route, Route]:
    """The left and the right lane.

    Raises:
        ValueError: a lane comes closer than `CLEARANCE` to something.
    """
    line = centre_line(layout)
    lanes = lane(line, LANE_OFFSET), lane(line, -LANE_OFFSET)
    for route in lanes:
        if (found := floor.clearance(np.array([route.start[:2], *route.waypoints]))) < CLEARANCE:
            raise ValueError(f"The walk comes within {found:.2f} m of an obstacle; {CLEARANCE} m are needed.")
    return lanes


def save_route(route: Route, path: Path) -> None:
    """Write the JSON that `gaitway-edge run --route` reads."""
    path.write_text(json.dumps(dataclasses.asdict(route), indent=2) + "\n", encoding="utf-8")
