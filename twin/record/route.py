"""Ways through a hall: up one aisle, along its end and down another, with round corners."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...assets.warehouse.layout import Layout

Array = npt.NDArray[np.floating]
_STEP = 0.02  # m between points of a route
_RADIUS = 1.3  # m; of corners
_NORTH, _SOUTH = 1.6, 2.2  # m from the racks' ends to the lanes along them


@dataclass(frozen=True, eq=False)
class Route:
    """Points (n, 2) in m on a smooth way, their distances (n,) from its start and headings (n,) in rad."""

    points: Array
    distances: Array
    headings: Array

    @property
    def length(self) -> float:
        """In m."""
        return float(self.distances[-1])

    @property
    def curvature(self) -> Array:
        """(n,) in 1/m, to the left."""
        return np.gradient(self.headings, self.distances)

    def at(self, distance: float) -> tuple[Array, float]:
        """Point (2,) and heading at a distance along the route."""
        x, y, heading = (
            np.interp(distance, self.distances, values) for values in (*self.points.T, self.headings)
        )
        return np.array([x, y]), float(heading)


def aisle_route(layout: Layout, length: float, rng: np.random.Generator) -> Route:
    """A way of `length` m up and down aisles that `rng` chooses, some of them more than once.

    Raises:
        ValueError: the hall has one aisle only.
    """
    count = len(layout.aisle_x)
    if count < 2:
        raise ValueError("A route needs a hall of two aisles at least; give a larger area.")
    south, north = layout.blocks[0][0] - _SOUTH, layout.blocks[-1][1] + _NORTH
    aisle = int(rng.integers(count))
    x = layout.aisle_x[aisle]
    # It begins so near to an aisle's end that even a short drive has a corner.
    corners = [(x, max(north - min(8.0, 0.4 * length + 2.0), south + 1.0))]
    ends = (north, south)
    total = 0.0
    for leg in range(10_000):
        y = ends[leg % 2] + rng.uniform(-0.2, 0.2)
        others = [k for k in range(count) if k != aisle and abs(k - aisle) <= 3]
        aisle = int(rng.choice(others))
        x, last = layout.aisle_x[aisle] + rng.uniform(-0.25, 0.25), corners[-1]
        corners += [(last[0], y), (x, y)]
        total += abs(y - last[1]) + abs(x - last[0])
        if total > length + 4 * _RADIUS:
            break
    return _cut(_rounded(np.array(corners), _RADIUS), length)


def _rounded(corners: Array, radius: float) -> Array:
    """Points about `_STEP` m apart along a polyline (n, 2) whose corners are arcs of `radius` m."""
    pieces = [corners[:1]]
    for before, corner, after in zip(corners[:-2], corners[1:-1], corners[2:], strict=True):
        incoming, outgoing = corner - before, after - corner
        lengths = np.linalg.norm(incoming), np.linalg.norm(outgoing)
        incoming, outgoing = incoming / lengths[0], outgoing / lengths[1]
        turn = math.atan2(incoming[0] * outgoing[1] - incoming[1] * outgoing[0], incoming @ outgoing)
        cut = min(radius * math.tan(abs(turn) / 2), 0.49 * min(lengths))
        start = corner - cut * incoming
        pieces.append(_line(pieces[-1][-1], start))
        actual = cut / math.tan(abs(turn) / 2)
        angles = turn * np.linspace(0.0, 1.0, max(2, int(actual * abs(turn) / _STEP)), endpoint=False)[1:]
        left = np.array([-incoming[1], incoming[0]]) * math.copysign(1.0, turn)
        along, aside = np.sin(np.abs(angles)), 1 - np.cos(angles)
        pieces.append(start + actual * (along[:, None] * incoming + aside[:, None] * left))
    pieces.append(_line(pieces[-1][-1], corners[-1]))
    return np.concatenate(pieces)


def _line(start: Array, end: Array) -> Array:
    count = max(1, int(np.linalg.norm(end - start) / _STEP))
    return start + (end - start) * (np.arange(1, count + 1) / count)[:, None]


def _cut(points: Array, length: float) -> Route:
    steps = np.diff(points, axis=0)
    distances = np.concatenate([[0.0], np.cumsum(np.linalg.norm(steps, axis=1))])
    headings = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    headings = np.append(headings, headings[-1])
    kept = distances <= length
    return Route(points[kept], distances[kept], headings[kept])
