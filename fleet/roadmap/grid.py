"""A grid over the free floor: cells where a robot has room, joined where the way between them has."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt, minimum_filter1d

from ..core import core
from ..errors import RoadmapError
from ..graph import HEADINGS, Graph, grid_graph
from ..lifelong.traffic import FOOTPRINT_CLOSE
from ..maps.map_server import Occupancy
from .areas import distances
from .rules import Rules

_PHASES = 8  # positions of the grid that are tried along each axis
Mask = npt.NDArray[np.bool_]


def lay_grid(occupancy: Occupancy, rules: Rules) -> tuple[Graph, tuple[float, float], float]:
    """The grid whose core is the largest, of those whose middles are middles of the map's cells.

    Returns:
        The graph; x, y of the middle of its cell (0, 0), the north-western one, in m; distance of neighbours
        in m.

    Raises:
        RoadmapError: no robot has room, or none could pass another.
    """
    pitch = _pitch(occupancy, rules)
    fits = _fits(_with_keep_outs(occupancy, rules), occupancy.resolution, rules.radius)
    # Whether all on the way to the next cell to the east, and to the south, has room.
    ways = [
        minimum_filter1d(fits.view(np.uint8), pitch + 1, axis, mode="constant", origin=-((pitch + 1) // 2))
        for axis in (1, 0)
    ]
    best, size, first = None, 0, (0, 0)
    phases = np.unique(np.arange(_PHASES) * pitch // _PHASES).tolist()
    for row in phases:
        for column in phases:
            free, east, south = (part[row::pitch, column::pitch] > 0 for part in (fits, *ways))
            if not free.any():
                continue
            graph = _graph(free, east, south)
            found = int(core(graph).sum())
            if found > size:
                best, size, first = graph, found, (row, column)
    if best is None:
        raise RoadmapError(
            f"{rules.source}: nowhere on the map could two robots of {rules.diameter:g} m with "
            f"{rules.clearance:g} m of clearance pass each other."
        )
    x, y = occupancy.points(first).tolist()
    return best, (x, y), pitch * occupancy.resolution


def _pitch(occupancy: Occupancy, rules: Rules) -> int:
    """Distance of neighbours in cells of the map."""
    if rules.cell is not None and rules.cell < rules.diameter:
        raise RoadmapError(
            f"{rules.source}: cell is {rules.cell:g} m; robots of {rules.diameter:g} m need as much at least."
        )
    edge = rules.diameter / FOOTPRINT_CLOSE if rules.cell is None else rules.cell
    return max(1, math.ceil(round(edge / occupancy.resolution, 6)))


def _with_keep_outs(occupancy: Occupancy, rules: Rules) -> Mask:
    """Free cells of the map outside of all keep-outs."""
    free = occupancy.free.copy()
    for zone in rules.keep_out:
        (low, left), (high, right) = occupancy.cells([zone.area.min(0), zone.area.max(0)])
        rows = np.arange(max(0, high), min(free.shape[0], low + 1))
        columns = np.arange(max(0, left), min(free.shape[1], right + 1))
        if not len(rows) or not len(columns):
            raise RoadmapError(f"{rules.source}: keep_out {zone.name!r} lies outside the map.")
        cells = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
        # A cell that the zone touches is kept out of.
        touched = distances(zone.area, occupancy.points(cells)) < occupancy.resolution * math.sqrt(0.5)
        free[cells[touched, 0], cells[touched, 1]] = False
    return free


def _fits(free: Mask, resolution: float, radius: float) -> Mask:
    """Cells of the map in whose middle a robot touches nothing; beyond the map is a wall."""
    gap = np.asarray(distance_transform_edt(np.pad(free, 1)))[1:-1, 1:-1]
    # Distances are to the middle of an occupied cell; the cell begins up to half a diagonal nearer.
    return np.asarray((gap - math.sqrt(0.5)) * resolution >= radius)


def _graph(free: Mask, east: Mask, south: Mask) -> Graph:
    """Cells and the moves between them, both ways."""
    closed = np.ones((*free.shape, HEADINGS), bool)
    closed[..., 0], closed[..., 1] = ~east, ~south
    closed[:, 1:, 2], closed[1:, :, 3] = ~east[:, :-1], ~south[:-1]
    return grid_graph(free, closed)
