"""What is nearest in each of 16 configurations: a sphere and an obstacle, and spheres of two parts."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..kinematics.lanes import BORROWED, LANES
from ..kinematics.vector import below_zero, chosen, greater, lesser, load, magnitude, root, store
from .body import BodyArrays
from .free_numba import (
    LaneRoom,
    away,
    ball_margins,
    box_margins,
    cylinder_margins,
    own_axes,
    pair_margins,
    place,
    place_part,
)
from .signed_distance import to_grid
from .world import WorldArrays

_FAST = {"contract", "nsz", "nnan", "ninf", "reassoc"}
WORLD, ROBOT, SCRATCH = 0, 3, 6
"""Rows of what is nearest: distance, sphere and obstacle; distance and two spheres; and room for one more."""


@njit(fastmath=_FAST, **BORROWED)
def find_nearest(body: BodyArrays, world: WorldArrays, room: LaneRoom, best: np.ndarray) -> None:
    """Find what is nearest, by distances that may be wrong by a few float32 digits.

    Args:
        body: by `CollisionBody.arrays`.
        world: by `World.arrays`.
        room: by `lane_room`, with poses in place.
        best: (7, 16) float32 to fill: see `WORLD` and `ROBOT`. It holds distances that are not to be looked
            beyond, and -1 for spheres and obstacles.
    """
    part_frame, bounds = body[0], body[2]
    balls, boxes, cylinders, grids, starts, nodes = world
    pose, centres, placed = room
    for last in range(part_frame.shape[0]):
        part = part_frame.shape[0] - 1 - last
        place(pose, part_frame[part], bounds, part, centres, part)
        placed[part] = False
        if part_frame[part] > 0:
            _nearest_ball(balls, 0, part, body, room, best)
            _nearest_box(boxes, balls.shape[0], part, body, room, best)
            first = balls.shape[0] + boxes.shape[0]
            _nearest_cylinder(cylinders, first, part, body, room, best)
            first += cylinders.shape[0]
            _nearest_grid(grids, starts, nodes, first, part, body, room, best)
    _nearest_pair(body, room, best)


@njit(forceinline=True, **BORROWED)
def _take(distance, first, second, row, best):
    """Note what is nearer than before."""
    before = load(best, row)
    store(best, row, lesser(distance, before))
    store(best, row + 1, chosen(distance, before, first, load(best, row + 1)))
    store(best, row + 2, chosen(distance, before, second, load(best, row + 2)))


def _nearest(margins, distances):
    """Compiled code that finds the nearest obstacle of one kind, by two functions that tell of it."""

    @njit(fastmath=_FAST, **BORROWED)
    def nearest(obstacles, first, part, body, room, best):
        part_start, bounds, spheres, centres = body[1], body[2], body[3], room[1]
        around, parts = bounds[part, 3], bounds.shape[0]
        for o in range(obstacles.shape[0]):
            # Below 0 deep inside: there margins, which are of squares, are below 0 too, and all is looked at.
            within = load(best, WORLD) + around
            if below_zero(margins(centres, part, obstacles, o, within)) == 0:
                continue
            place_part(part, body, room)
            for s in range(part_start[part], part_start[part + 1]):
                distance = distances(centres, parts + s, obstacles, o) - spheres[s, 3]
                _take(distance, s, first + o, WORLD, best)

    return nearest


@njit(fastmath=_FAST, **BORROWED)
def _nearest_grid(grids, starts, nodes, first, part, body, room, best):
    part_start, bounds, spheres, centres = body[1], body[2], body[3], room[1]
    parts = bounds.shape[0]
    for o in range(grids.shape[0]):
        # Distances to shapes change no faster than a point moves; those between nodes only nearly so.
        loose = bounds[part, 3] + 1.74 * grids[o, 12]
        if below_zero(
            _grid_distances(centres, part, grids, o, starts, nodes, best) - load(best, WORLD) - loose
        ):
            place_part(part, body, room)
            for s in range(part_start[part], part_start[part + 1]):
                distance = _grid_distances(centres, parts + s, grids, o, starts, nodes, best) - spheres[s, 3]
                _take(distance, s, first + o, WORLD, best)


@njit(fastmath=_FAST, **BORROWED)
def _nearest_pair(body, room, best):
    _, part_start, bounds, spheres, pairs = body
    centres, parts = room[1], bounds.shape[0]
    for p in range(pairs.shape[0]):
        a, b = pairs[p, 0], pairs[p, 1]
        within = greater(load(best, ROBOT) + (bounds[a, 3] + bounds[b, 3]), 0.0)
        if below_zero(pair_margins(centres, a, b, within)) == 0:
            continue
        place_part(a, body, room)
        for s in range(part_start[a], part_start[a + 1]):
            within = greater(load(best, ROBOT) + (spheres[s, 3] + bounds[b, 3]), 0.0)
            if below_zero(pair_margins(centres, parts + s, b, within)) == 0:
                continue
            place_part(b, body, room)
            for t in range(part_start[b], part_start[b + 1]):
                apart = root(pair_margins(centres, parts + s, parts + t, 0.0))
                _take(apart - (spheres[s, 3] + spheres[t, 3]), s, t, ROBOT, best)


@njit(forceinline=True, **BORROWED)
def _ball_distances(centres, k, balls, o):
    x, y, z = away(centres, k, balls, o)
    return root(x * x + y * y + z * z) - balls[o, 3]


@njit(forceinline=True, **BORROWED)
def _box_distances(centres, k, boxes, o):
    x, y, z = own_axes(centres, k, boxes, o)
    x, y, z = magnitude(x) - boxes[o, 12], magnitude(y) - boxes[o, 13], magnitude(z) - boxes[o, 14]
    a, b, c = greater(x, 0.0), greater(y, 0.0), greater(z, 0.0)
    inside = lesser(greater(x, greater(y, z)), 0.0)
    return root(a * a + b * b + c * c) + inside - boxes[o, 15]


@njit(forceinline=True, **BORROWED)
def _cylinder_distances(centres, k, cylinders, o):
    x, y, z = own_axes(centres, k, cylinders, o)
    side, top = root(x * x + y * y) - cylinders[o, 12], magnitude(z) - cylinders[o, 13]
    a, b = greater(side, 0.0), greater(top, 0.0)
    return root(a * a + b * b) + lesser(greater(side, top), 0.0)


@njit(fastmath=_FAST, **BORROWED)
def _grid_distances(centres, k, grids, o, starts, nodes, best):
    for w in range(LANES):
        x, y, z = centres[k, 0, w], centres[k, 1, w], centres[k, 2, w]
        best[SCRATCH, w] = to_grid(x, y, z, grids[o], starts[o], nodes)[0]
    return load(best, SCRATCH)


_nearest_ball = _nearest(ball_margins, _ball_distances)
_nearest_box = _nearest(box_margins, _box_distances)
_nearest_cylinder = _nearest(cylinder_margins, _cylinder_distances)
