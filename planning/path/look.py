"""One look at 16 pieces of a motion: is any blocked for certain, and which may be.

A piece is what lies within `half` of a place on the motion, as a fraction of it. A sphere that hits where one
looks blocks the motion. One that meets nothing, enlarged by what it moves in the piece, leaves it free.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numba import njit

from ..collision.body import BodyArrays
from ..collision.free_numba import (
    LaneRoom,
    ball_margins,
    box_margins,
    cylinder_margins,
    pair_margins,
    place,
    place_part,
)
from ..collision.signed_distance import to_grid
from ..collision.world import WorldArrays
from ..kinematics.frames_single import place_frames
from ..kinematics.lanes import LANES, Frames
from ..kinematics.vector import below_zero, greatest, least, load

ROUNDING = 2e-5
"""m added to radii, ten times as much as float32 may be wrong by."""

Extents: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Least and greatest coordinates (6, O) of obstacles, and room (O,) for distances and for those near."""

LEAF: dict[str, Any] = {
    # Inputs are finite, so NaN needs no care, and least values may be searched for in any order.
    "fastmath": {"contract", "nsz", "nnan", "ninf", "reassoc"},
    "error_model": "numpy",
    "_nrt": False,
}
"""Of compiled functions that make no arrays. Numba then counts no references to those they are given, which
would take several times as long as a look."""
# A trilinear value is within 0.87 of a voxel of a distance; its slope may be the root of 3 along a diagonal.
_GRID_LOOSE, _GRID_SLOPE = 1.74, 3**0.5


@njit(**LEAF)
def look(
    q: np.ndarray,
    half: np.ndarray,
    frames: Frames,
    body: BodyArrays,
    world: WorldArrays,
    extents: Extents,
    part_motion: np.ndarray,
    pair_motion: np.ndarray,
    room: LaneRoom,
) -> tuple[bool, int]:
    """Look at the middles of 16 pieces.

    Args:
        q: (n, 16) float64, middles.
        half: (16,) float32, half widths of the pieces, as fractions of the motion.
        frames: by `frame_arrays`.
        body: by `CollisionBody.arrays`.
        world: by `World.arrays_single`.
        extents: by `extents_of`.
        part_motion: (K,) float32, m that any sphere of a part moves at most in the whole motion.
        pair_motion: (P,) float32, m that two parts move at most against each other.
        room: by `lane_room`.

    Returns:
        Whether a middle is blocked, and a mask in which bit w is set where piece w may be blocked somewhere;
        the mask means nothing if a middle is.
    """
    part_frame, _, bounds, _, pairs = body
    pose, centres, placed = room
    place_frames(q, frames, pose)
    width, unsure = load(half, 0), 0
    for last in range(part_frame.shape[0]):
        part = part_frame.shape[0] - 1 - last  # what moves farthest hits first
        place(pose, part_frame[part], bounds, part, centres, part)
        placed[part] = False
        if part_frame[part] > 0:
            hit, unsure = _meets_world(part, half, part_motion[part], body, world, extents, room, unsure)
            if hit:
                return True, unsure
    for p in range(pairs.shape[0]):
        hit, unsure = _meets_part(p, width * pair_motion[p] + ROUNDING, body, room, unsure)
        if hit:
            return True, unsure
    return False, unsure


@njit
def extents_of(world: WorldArrays) -> Extents:
    """Boxes around obstacles, in the order of the arrays."""
    balls, boxes, cylinders, grids, _, _ = world
    count = len(balls) + len(boxes) + len(cylinders) + len(grids)
    sides = np.empty((6, count), np.float32)
    o = 0
    for row in balls:
        for i in range(3):
            _span(sides, o, i, row[i] - row[3], row[i] + row[3])
        o += 1
    for row in boxes:
        for i in range(3):
            r = 3 + 3 * i
            wide = abs(row[r]) * row[12] + abs(row[r + 1]) * row[13] + abs(row[r + 2]) * row[14] + row[15]
            _span(sides, o, i, row[i] - wide, row[i] + wide)
        o += 1
    for row in cylinders:
        for i in range(3):
            axis = row[5 + 3 * i]
            wide = np.sqrt(max(1 - axis * axis, 0.0)) * row[12] + abs(axis) * row[13]
            _span(sides, o, i, row[i] - wide, row[i] + wide)
        o += 1
    for row in grids:
        for i in range(3):
            low = high = row[i]
            for k in range(3):
                edge = row[3 + 3 * i + k] * row[12] * (row[13 + k] - 1)
                low, high = low + min(edge, 0.0), high + max(edge, 0.0)
            _span(sides, o, i, low, high)
        o += 1
    return sides, np.empty(count, np.float32), np.empty(count, np.int64)


@njit
def _span(sides, o, i, low, high):
    sides[i, o], sides[3 + i, o] = low - ROUNDING, high + ROUNDING


@njit(**LEAF)
def _meets_world(part, half, motion, body, world, extents, room, unsure):
    """Whether a part meets an obstacle."""
    balls, boxes, cylinders, grids, starts, nodes = world
    wide = load(half, 0) * motion + ROUNDING
    found = _near_obstacles(part, wide, body[2], room[1], extents)
    near = extents[2]
    hit, k, first = 0, 0, 0
    hit, unsure, k = _meets_balls(balls, first, k, found, near, part, wide, body, room, unsure)
    if hit:
        return hit, unsure
    first += len(balls)
    hit, unsure, k = _meets_boxes(boxes, first, k, found, near, part, wide, body, room, unsure)
    if hit:
        return hit, unsure
    first += len(boxes)
    hit, unsure, k = _meets_cylinders(cylinders, first, k, found, near, part, wide, body, room, unsure)
    if hit:
        return hit, unsure
    first += len(cylinders)
    while k < found:
        hit, unsure = _meets_grid(
            grids, near[k] - first, starts, nodes, part, half, motion, body, room, unsure
        )
        if hit:
            return hit, unsure
        k += 1
    return hit, unsure


@njit(**LEAF)
def _near_obstacles(part, wide, bounds, centres, extents):
    """Fill near with the obstacles whose boxes meet that around a part in all lanes; how many."""
    sides, apart, near = extents
    x, y, z = load(centres, 3 * part), load(centres, 3 * part + 1), load(centres, 3 * part + 2)
    x0, y0, z0, x1, y1, z1 = least(x), least(y), least(z), greatest(x), greatest(y), greatest(z)
    for o in range(len(near)):
        dx = max(sides[0, o] - x1, x0 - sides[3, o])
        dy = max(sides[1, o] - y1, y0 - sides[4, o])
        dz = max(sides[2, o] - z1, z0 - sides[5, o])
        apart[o] = max(max(dx, dy), dz)
    reach, found = bounds[part, 3] + greatest(wide), 0
    for o in range(len(near)):
        if apart[o] < reach:
            near[found] = o
            found += 1
    return found


def _meets(margins):
    """Compiled code that finds where a part meets near obstacles of one kind."""

    @njit(**LEAF)
    def meets(obstacles, first, k, found, near, part, wide, body, room, unsure):
        part_start, bounds, spheres, centres = body[1], body[2], body[3], room[1]
        parts, hit = bounds.shape[0], 0
        while k < found and near[k] < first + obstacles.shape[0] and hit == 0:
            o = near[k] - first
            k += 1
            if below_zero(margins(centres, part, obstacles, o, wide + bounds[part, 3])) == 0:
                continue
            place_part(part, body, room)
            for s in range(part_start[part], part_start[part + 1]):
                own = parts + s
                may = below_zero(margins(centres, own, obstacles, o, wide + spheres[s, 3]))
                if may:
                    unsure |= may
                    hit |= below_zero(margins(centres, own, obstacles, o, np.float32(spheres[s, 3])))
        return hit, unsure, k

    return meets


@njit(**LEAF)
def _meets_grid(grids, o, starts, nodes, part, half, motion, body, room, unsure):
    """Whether a part meets what a grid holds."""
    part_start, bounds, spheres, centres = body[1], body[2], body[3], room[1]
    parts, row = bounds.shape[0], grids[o]
    loose = bounds[part, 3] + _GRID_LOOSE * row[12]
    for w in range(LANES):
        wide = _GRID_SLOPE * (half[w] * motion + ROUNDING)
        if _to_grid(centres, part, w, row, starts[o], nodes) >= loose + wide:
            continue
        place_part(part, body, room)
        for s in range(part_start[part], part_start[part + 1]):
            spare = _to_grid(centres, parts + s, w, row, starts[o], nodes) - spheres[s, 3]
            if spare < 0:
                return 1, unsure
            if spare < wide:
                unsure |= 1 << w
    return 0, unsure


@njit(**LEAF)
def _to_grid(centres, k, w, row, start, nodes):
    return to_grid(centres[k, 0, w], centres[k, 1, w], centres[k, 2, w], row, start, nodes)[0]


@njit(**LEAF)
def _meets_part(p, wide, body, room, unsure):
    """Whether the parts of pair p meet each other."""
    _, part_start, bounds, spheres, pairs = body
    a, b = pairs[p, 0], pairs[p, 1]
    centres, parts, hit = room[1], bounds.shape[0], 0
    around = wide + bounds[b, 3]
    if below_zero(pair_margins(centres, a, b, around + bounds[a, 3])) == 0:
        return 0, unsure
    place_part(a, body, room)
    place_part(b, body, room)
    for s in range(part_start[a], part_start[a + 1]):
        if below_zero(pair_margins(centres, parts + s, b, around + spheres[s, 3])) == 0:
            continue
        for t in range(part_start[b], part_start[b + 1]):
            radius = spheres[s, 3] + spheres[t, 3]
            may = below_zero(pair_margins(centres, parts + s, parts + t, wide + radius))
            if may:
                unsure |= may
                hit |= below_zero(pair_margins(centres, parts + s, parts + t, np.float32(radius)))
        if hit:
            break
    return hit, unsure


_meets_balls, _meets_boxes, _meets_cylinders = map(_meets, (ball_margins, box_margins, cylinder_margins))
