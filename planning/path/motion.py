"""Whether straight motions of the joints are free everywhere, by looks that grow finer only where they must.

A motion is cut into 16 pieces, which are looked at together (`look.py`): far apart at first, so that what
blocks a good part of a motion is found by the first look. Pieces that may be blocked are cut again, until no
sphere moves more than `FINEST` in them. What passes is free, with nothing between looks to slip through; what
passes an obstacle by less than half of `FINEST` may be refused.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from ..collision.body import BodyArrays, CollisionBody
from ..collision.free_numba import LaneRoom, lane_room
from ..collision.sweep import frame_reaches
from ..collision.world import World, WorldArrays
from ..kinematics import inputs
from ..kinematics.lanes import LANES, Frames, frame_arrays
from .look import LEAF, Extents, extents_of, look

FINEST = 5e-4
"""m that spheres move in pieces which are not cut again."""

Checked: TypeAlias = tuple[Frames, BodyArrays, np.ndarray, np.ndarray]
"""A body as searches take it: frames, parts, and how far, float32 in m/rad or m/m, each joint moves any
sphere of a part (K, n), and two parts against each other (P, n)."""

_CUTS = 4
_WAITING = 4096  # pieces that may wait for a look; a motion with more counts as blocked
_HALF = np.float32(0.5)


@lru_cache(maxsize=64)
def checked_body(body: CollisionBody) -> Checked:
    """A body made ready for searches.

    Raises:
        ConfigurationError: a joint slides without limit, so that nothing bounds how far spheres move.
    """
    group = body.group
    moves = frame_reaches(body)
    joints = np.zeros((len(group.frame_dof), group.dof))
    joints[np.arange(1, len(joints)), group.frame_dof[1:]] = 1.0
    above = np.array([_is_above(group.frame_parent, frame) for frame in body.part_frame])
    first, second = body.pairs.T
    # Joints above both parts carry them together.
    apart = (above[first] != above[second]) * (moves[first] + moves[second])
    return frame_arrays(group), body.arrays, _up(moves @ joints), _up(apart @ joints)


def motions_free(body: CollisionBody, world: World, starts: ArrayLike, ends: ArrayLike) -> np.ndarray:
    """Whether straight motions between configurations are free, ends included.

    Args:
        body: the robot and what it holds.
        world: obstacles.
        starts: (B, n) configurations.
        ends: (B, n) configurations.

    Returns:
        (B,) of bool.

    Raises:
        ConfigurationError: another number of joints, values that are no numbers, or a joint that slides
            without limit.
    """
    a, b = np.broadcast_arrays(
        inputs.configurations(body.group, starts), inputs.configurations(body.group, ends)
    )
    a, b, out = np.ascontiguousarray(a), np.ascontiguousarray(b), np.empty(len(a), bool)
    _motions_free(a, b, checked_body(body), world.arrays_single, out)
    return out


@njit(nogil=True, cache=True)
def _motions_free(starts, ends, body, world, out):
    room = motion_room(body, world)
    for row in range(len(out)):
        out[row] = is_motion_free(starts[row], ends[row], body, world, room) > 0


@njit
def motion_room(body: Checked, world: WorldArrays) -> tuple[LaneRoom, Extents, tuple[np.ndarray, ...]]:
    """Room for `is_motion_free`, and what it needs to know of a world."""
    frames, parts, reaches, pair_reaches = body
    return (
        lane_room(frames, parts),
        extents_of(world),
        (
            np.empty((reaches.shape[1], LANES)),
            np.empty(LANES, np.float32),
            np.empty(len(reaches), np.float32),
            np.empty(len(pair_reaches), np.float32),
            np.empty((_WAITING, 2), np.float32),
        ),
    )


@njit(**LEAF)
def is_motion_free(start: np.ndarray, end: np.ndarray, body: Checked, world: WorldArrays, room: tuple) -> int:
    """How many configurations were looked at between start (n,) and end (n,): below 0 if it is not free."""
    frames, parts, reaches, pair_reaches = body
    looks, extents, (q, half, part_motion, pair_motion, waiting) = room
    farthest = _fill_motion(reaches, start, end, part_motion)
    farthest = max(farthest, _fill_motion(pair_reaches, start, end, pair_motion))
    for w in range(LANES):
        waiting[w, 0], waiting[w, 1] = np.float32((w + 0.5) / LANES), _HALF / LANES
    first, last, count = 0, LANES, 0
    while first < last:
        here = min(LANES, last - first)
        for w in range(LANES):
            piece = first + min(w, here - 1)
            half[w] = waiting[piece, 1]
            for d in range(len(start)):
                q[d, w] = start[d] + waiting[piece, 0] * (end[d] - start[d])
        count += here
        blocked, unsure = look(q, half, frames, parts, world, extents, part_motion, pair_motion, looks)
        if blocked:
            return -count
        for w in range(here):
            if (unsure >> w) & 1 == 0:
                continue
            if 2 * half[w] * farthest <= FINEST or last + _CUTS > _WAITING:
                return -count
            for cut in range(_CUTS):
                shift = (2 * cut + 1 - _CUTS) * half[w] / _CUTS
                waiting[last, 0], waiting[last, 1] = waiting[first + w, 0] + shift, half[w] / _CUTS
                last += 1
        first += here
    return count


@njit(**LEAF)
def _fill_motion(reaches, start, end, motion):
    """Fill m that each part moves at most between start and end; the most of all."""
    most = np.float32(0.0)
    for k in range(len(motion)):
        total = 0.0
        for d in range(len(start)):
            total += reaches[k, d] * abs(end[d] - start[d])
        motion[k] = total
        most = max(most, motion[k])
    return most


def _is_above(parent: np.ndarray, frame: int) -> np.ndarray:
    """(F,) whether each frame carries this one; it carries itself."""
    out = np.zeros(len(parent), bool)
    while frame >= 0:
        out[frame] = True
        frame = int(parent[frame])
    return out


def _up(values: np.ndarray) -> np.ndarray:
    """In float32, not less than they were."""
    return np.nextafter(values.astype(np.float32), np.float32(np.inf))
