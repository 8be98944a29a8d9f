"""Whether configurations are free, 16 at a time in float32: squared distances, links before their spheres."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from ..kinematics import inputs
from ..kinematics.frames_single import frame_room, place_frames
from ..kinematics.lanes import BORROWED, LANES, Frames, fill_lanes, frame_arrays
from ..kinematics.vector import ALL_LANES, below_zero, greater, load, magnitude, root, store
from ..threads import share
from .body import BodyArrays, CollisionBody
from .signed_distance import to_grid
from .world import World, WorldArrays

LaneRoom: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Where `lanes_hit` works: poses (F, 12, 16), centres of bounds and spheres (K + S, 3, 16), and whether a
part's spheres are in place (K,)."""

_LEAST = 512  # configurations that are worth a thread of their own
# Inputs are finite, so NaN needs no care, and least values may be searched for in any order.
_FAST = {"contract", "nsz", "nnan", "ninf", "reassoc"}


def is_free(body: CollisionBody, world: World, q: ArrayLike, margin: float = 0.0) -> np.ndarray:
    """Whether no sphere of a robot, enlarged by a margin, meets an obstacle or another part of the robot.

    Args:
        body: the robot and what it holds.
        world: obstacles.
        q: (B, n) configurations of the body's group.
        margin: in m, added to every radius: two parts must be twice as far apart.

    Returns:
        (B,) of bool.

    Raises:
        ConfigurationError: q has another number of joints, or values that are no numbers.
    """
    values = inputs.configurations(body.group, q)
    out = np.empty(len(values), bool)
    frames, parts, obstacles = frame_arrays(body.group), body.arrays, world.arrays_single
    wide = float(margin)
    share(
        lambda a, b: configurations_free(values[a:b], frames, parts, obstacles, wide, out[a:b]),
        len(values),
        _LEAST,
    )
    return out


@njit(nogil=True, cache=True)
def configurations_free(q, frames, body, world, margin, out):
    """Fill out (B,) with whether each configuration of q (B, n) is free; for use in compiled code."""
    lanes = np.empty((q.shape[1], LANES))
    room = lane_room(frames, body)
    for start in range(0, q.shape[0], LANES):
        fill_lanes(q, start, lanes)
        hit = lanes_hit(lanes, frames, body, world, margin, room, False)
        for w in range(min(LANES, q.shape[0] - start)):
            out[start + w] = (hit >> w) & 1 == 0


@njit(cache=True)
def lane_room(frames: Frames, body: BodyArrays) -> LaneRoom:
    """Room for `lanes_hit`, to be made outside of loops."""
    parts, spheres = body[2].shape[0], body[3].shape[0]
    centres = np.empty((parts + spheres, 3, LANES), np.float32)
    return frame_room(frames), centres, np.empty(parts, np.bool_)


@njit(cache=True, fastmath=_FAST, **BORROWED)
def lanes_hit(
    q: np.ndarray,
    frames: Frames,
    body: BodyArrays,
    world: WorldArrays,
    margin: float,
    room: LaneRoom,
    any_hit: bool,
) -> int:
    """Which of 16 configurations are not free; parts far from the base are looked at first.

    Args:
        q: (n, 16) a configuration in each lane.
        frames: of the group, by `frame_arrays`.
        body: by `CollisionBody.arrays`.
        world: by `World.arrays_single`.
        margin: in m, added to every radius.
        room: by `lane_room`.
        any_hit: whether one configuration that is not free is enough, as along a motion: the rest is then
            not looked at.

    Returns:
        A mask: bit w is set if configuration w is not free; 0 if all are free.
    """
    part_frame, bounds = body[0], body[2]
    balls, boxes, cylinders, grids, starts, nodes = world
    pose, centres, placed = room
    place_frames(q, frames, pose)
    hit = 0
    for last in range(part_frame.shape[0]):
        part = part_frame.shape[0] - 1 - last
        place(pose, part_frame[part], bounds, part, centres, part)
        placed[part] = False
        if part_frame[part] == 0:
            continue
        far = np.float32(bounds[part, 4] + margin)
        hit = _hit_balls(balls, part, body, far, margin, room, hit, any_hit)
        if _is_enough(hit, any_hit):
            return hit
        hit = _hit_boxes(boxes, part, body, far, margin, room, hit, any_hit)
        if _is_enough(hit, any_hit):
            return hit
        hit = _hit_cylinders(cylinders, part, body, far, margin, room, hit, any_hit)
        if _is_enough(hit, any_hit):
            return hit
        hit = _hit_grids(grids, starts, nodes, part, body, margin, room, hit)
        if _is_enough(hit, any_hit):
            return hit
    return _hit_itself(body, margin + margin, room, hit, any_hit)


@njit(forceinline=True, **BORROWED)
def _is_enough(hit, any_hit):
    return hit == ALL_LANES or (any_hit and hit != 0)


@njit(forceinline=True, **BORROWED)
def place(pose, frame, spheres, s, centres, to):
    """Centres of sphere s of (m, 4) in a frame's poses."""
    x, y, z = spheres[s, 0], spheres[s, 1], spheres[s, 2]
    for i in range(3):
        row = 12 * frame + 4 * i
        centre = load(pose, row) * x + load(pose, row + 1) * y + load(pose, row + 2) * z + load(pose, row + 3)
        store(centres, 3 * to + i, centre)


@njit(forceinline=True, **BORROWED)
def place_part(part, body, room):
    """Spheres of a part, unless they are in place."""
    part_frame, part_start, bounds, spheres = body[0], body[1], body[2], body[3]
    pose, centres, placed = room
    if not placed[part]:
        placed[part] = True
        for s in range(part_start[part], part_start[part + 1]):
            place(pose, part_frame[part], spheres, s, centres, bounds.shape[0] + s)


def _hits(margins):
    """Compiled code that finds where a part meets obstacles of one kind, whose margins a function tells."""

    @njit(fastmath=_FAST, **BORROWED)
    def hits(obstacles, part, body, far, margin, room, hit, any_hit):
        part_start, bounds, spheres, centres = body[1], body[2], body[3], room[1]
        parts, nearness = bounds.shape[0], obstacles.shape[1] - 1
        around = np.float32(bounds[part, 3] + margin)
        for o in range(obstacles.shape[0]):
            if obstacles[o, nearness] > far:
                break  # all others are farther from the base
            if below_zero(margins(centres, part, obstacles, o, around)) & ~hit == 0:
                continue
            place_part(part, body, room)
            for s in range(part_start[part], part_start[part + 1]):
                wide = np.float32(spheres[s, 3] + margin)
                hit |= below_zero(margins(centres, parts + s, obstacles, o, wide))
            if _is_enough(hit, any_hit):
                break
        return hit

    return hits


@njit(fastmath=_FAST, **BORROWED)
def _hit_grids(grids, starts, nodes, part, body, margin, room, hit):
    part_start, bounds, spheres, centres = body[1], body[2], body[3], room[1]
    parts = bounds.shape[0]
    for o in range(grids.shape[0]):
        # Trilinear values are within 0.87 of a voxel of a distance, on both sides of the comparison.
        loose = np.float32(bounds[part, 3] + margin) + np.float32(1.74) * grids[o, 12]
        if _in_grid(centres, part, grids, o, starts, nodes, loose, hit) == hit:
            continue
        place_part(part, body, room)
        for s in range(part_start[part], part_start[part + 1]):
            wide = np.float32(spheres[s, 3] + margin)
            hit = _in_grid(centres, parts + s, grids, o, starts, nodes, wide, hit)
    return hit


@njit(fastmath=_FAST, **BORROWED)
def _hit_itself(body, margin, room, hit, any_hit):
    """Where parts of the robot meet each other, as well."""
    _, part_start, bounds, spheres, pairs = body
    centres, parts = room[1], bounds.shape[0]
    for p in range(pairs.shape[0]):
        a, b = pairs[p, 0], pairs[p, 1]
        around = np.float32(bounds[b, 3] + margin)
        if below_zero(pair_margins(centres, a, b, np.float32(bounds[a, 3]) + around)) & ~hit == 0:
            continue
        place_part(a, body, room)
        for s in range(part_start[a], part_start[a + 1]):
            radius = np.float32(spheres[s, 3])
            if below_zero(pair_margins(centres, parts + s, b, radius + around)) & ~hit == 0:
                continue
            place_part(b, body, room)
            radius += np.float32(margin)
            for t in range(part_start[b], part_start[b + 1]):
                wide = radius + np.float32(spheres[t, 3])
                hit |= below_zero(pair_margins(centres, parts + s, parts + t, wide))
        if _is_enough(hit, any_hit):
            break
    return hit


@njit(forceinline=True, **BORROWED)
def pair_margins(centres, k, m, reach):
    """Squared distance less squared reach of centres k and m: below 0 where spheres there meet."""
    x = load(centres, 3 * k) - load(centres, 3 * m)
    y = load(centres, 3 * k + 1) - load(centres, 3 * m + 1)
    z = load(centres, 3 * k + 2) - load(centres, 3 * m + 2)
    return x * x + y * y + z * z - reach * reach


@njit(forceinline=True, **BORROWED)
def ball_margins(centres, k, balls, o, reach):
    """Squared distance less squared reach of centres k from ball o."""
    x, y, z = away(centres, k, balls, o)
    wide = balls[o, 3] + reach
    return x * x + y * y + z * z - wide * wide


@njit(forceinline=True, **BORROWED)
def box_margins(centres, k, boxes, o, reach):
    """Squared distance less squared reach of centres k from box or capsule o."""
    x, y, z = own_axes(centres, k, boxes, o)
    a = greater(magnitude(x) - boxes[o, 12], 0.0)
    b = greater(magnitude(y) - boxes[o, 13], 0.0)
    c = greater(magnitude(z) - boxes[o, 14], 0.0)
    wide = boxes[o, 15] + reach
    return a * a + b * b + c * c - wide * wide


@njit(forceinline=True, **BORROWED)
def cylinder_margins(centres, k, cylinders, o, reach):
    """Squared distance less squared reach of centres k from cylinder o."""
    x, y, z = own_axes(centres, k, cylinders, o)
    a = greater(root(x * x + y * y) - cylinders[o, 12], 0.0)
    b = greater(magnitude(z) - cylinders[o, 13], 0.0)
    return a * a + b * b - reach * reach


@njit(forceinline=True, **BORROWED)
def away(centres, k, rows, o):
    """Centres k as seen from an obstacle, whose row begins with its position."""
    return (
        load(centres, 3 * k) - rows[o, 0],
        load(centres, 3 * k + 1) - rows[o, 1],
        load(centres, 3 * k + 2) - rows[o, 2],
    )


@njit(forceinline=True, **BORROWED)
def own_axes(centres, k, rows, o):
    """Centres k in the axes of an obstacle, whose row begins with position and rotation."""
    x, y, z = away(centres, k, rows, o)
    return (
        x * rows[o, 3] + y * rows[o, 6] + z * rows[o, 9],
        x * rows[o, 4] + y * rows[o, 7] + z * rows[o, 10],
        x * rows[o, 5] + y * rows[o, 8] + z * rows[o, 11],
    )


@njit(fastmath=_FAST, **BORROWED)
def _in_grid(centres, k, grids, o, starts, nodes, reach, hit):
    """The mask with lanes whose centres k are within reach of what a grid holds; others are not looked up."""
    row = grids[o]
    for w in range(LANES):
        if (hit >> w) & 1 == 0:
            x, y, z = centres[k, 0, w], centres[k, 1, w], centres[k, 2, w]
            if to_grid(x, y, z, row, starts[o], nodes)[0] < reach:
                hit |= 1 << w
    return hit


_hit_balls, _hit_boxes, _hit_cylinders = map(_hits, (ball_margins, box_margins, cylinder_margins))
