"""Takes time out of a trajectory: between two of its moments, the fastest motion there is, where it is free.

The method is of Hauser and Ng-Thow-Hing, "Fast Smoothing of Manipulator Trajectories using Optimal
Bounded-Acceleration Shortcuts" (ICRA 2010), here with bounded jerk: a shortcut leaves and joins the
trajectory in position, velocity and acceleration, by `synchronise.py`. A shortcut that saves time, stays
within the joints' ranges and is free replaces what it cuts off. So every step leaves a trajectory within all
limits, and the result never takes longer than what came in.

Pairs of moments come from the R2 sequence (Roberts, 2018), which fills the square of them evenly; so the same
input gives the same motion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np

from ..collision.body import CollisionBody
from ..collision.world import World, WorldArrays
from ..kinematics.lanes import LANES
from ..limits import Array, Limits
from ..path.look import look
from ..path.motion import FINEST, Checked, checked_body, motion_room
from ..threads import share
from ..trajectory.extrema import position_range
from ..trajectory.synchronise import least_time, motion_in
from ..trajectory.trajectory import Trajectory

TRIES = 150
PATIENCE = 50
"""Tries without success after which no more are made."""
_GAIN = 1e-3
"""Part of the cut's duration that a shortcut must save."""
_END = 0.03
"""Part of the duration next to either end within which a moment is moved to the end."""
_SLOTS = 32
"""Moments at which speeds are looked at."""
_CUTS = 4
_SAME_KNOT = 1e-11
"""s: pieces shorter than this are left out."""
_R2 = (0.7548776662466927, 0.5698402909980532)


class Surroundings(NamedTuple):
    """What bounds a motion, as compiled code takes it.

    Attributes:
        body: the robot and what it holds.
        world: obstacles, in single precision.
        low: (n,) least positions.
        high: (n,) greatest positions.
        rates: (3, n) limits of velocity, acceleration, jerk.
        level: (8,) frame of the tip, its axis in that frame, the direction and the least cosine between the
            two, which is -2 where nothing is to be kept level.
    """

    body: Checked
    world: WorldArrays
    low: Array
    high: Array
    rates: Array
    level: Array


def surroundings(
    body: CollisionBody, world: World, limits: Limits, level: Array | None = None
) -> Surroundings:
    """Gather what bounds a motion; `level` as `Surroundings` has it."""
    return Surroundings(
        checked_body(body),
        world.arrays_single,
        np.array(body.group.limits.lower),
        np.array(body.group.limits.upper),
        np.stack([limits.velocity, limits.acceleration, limits.jerk]),
        np.array([0, 0, 0, 1, 0, 0, 1, -2.0]) if level is None else level,
    )


def shorten(
    trajectories: Sequence[Trajectory], around: Surroundings, *, seed: int = 0, tries: int = TRIES
) -> list[Trajectory]:
    """Trajectories between the same states, which take no longer.

    Args:
        trajectories: within limits and free; several threads share them.
        around: what bounds them.
        seed: of the moments that are tried.
        tries: shortcuts in each at the most.
    """
    offset = np.random.default_rng(seed).random(2)
    out = list(trajectories)

    def work(begin: int, end: int) -> None:
        for i in range(begin, end):
            given = out[i].coefficients
            coefficients = np.zeros((len(given), max(4, given.shape[1]), given.shape[2]))
            coefficients[:, : given.shape[1]] = given
            out[i] = Trajectory(*_shorten(out[i].times.copy(), coefficients, around, offset, tries))

    share(work, len(out), 1)
    return out


@numba.njit(cache=True, nogil=True)
def _shorten(
    times: Array, coefficients: Array, around: Surroundings, offset: Array, tries: int
) -> tuple[Array, Array]:
    since, room = 0, motion_room(around.body, around.world)
    for i in range(tries):
        duration = times[-1]
        u, v = (offset[0] + i * _R2[0]) % 1.0, (offset[1] + i * _R2[1]) % 1.0
        u, v = min(u, v), max(u, v)
        if i == 0:
            u, v = 0.0, 1.0
        begin = 0.0 if u < _END else u * duration
        end = duration if v > 1.0 - _END else v * duration
        since += 1
        if since > PATIENCE:
            break
        first, last = state_at(times, coefficients, begin), state_at(times, coefficients, end)
        within = (end - begin) * (1.0 - _GAIN)
        if np.max(np.abs(last[0] - first[0]) / around.rates[0]) > within:
            continue
        time = least_time(first, last, around.rates, within)
        if time <= 0.0:
            continue
        knots, motion, found = motion_in(time, first, last, around.rates)
        if not found or not within_range(knots, motion, around.low, around.high):
            continue
        if motion_free(knots, motion, around, room):
            times, coefficients = _replace(times, coefficients, begin, end, knots, motion)
            since = 0
    return times, coefficients


@numba.njit(cache=True)
def state_at(times: Array, coefficients: Array, time: float) -> Array:
    """Position, velocity and acceleration (3, dof) of a trajectory."""
    piece = min(max(np.searchsorted(times, time, side="right") - 1, 0), len(times) - 2)
    t, (_, size, dof) = time - times[piece], coefficients.shape
    state = np.zeros((3, dof))
    for j in range(dof):
        for k in range(size - 1, -1, -1):
            state[2, j] = state[2, j] * t + 2.0 * state[1, j]
            state[1, j] = state[1, j] * t + state[0, j]
            state[0, j] = state[0, j] * t + coefficients[piece, k, j]
    return state


@numba.njit(cache=True)
def within_range(knots: Array, motion: Array, low: Array, high: Array) -> bool:
    """Whether all joints stay within their ranges."""
    least, most = position_range(knots, motion)
    return bool(np.all(least >= low)) and bool(np.all(most <= high))


@numba.njit(cache=True)
def motion_free(knots: Array, motion: Array, around: Surroundings, room: tuple) -> bool:
    """Whether a motion is free everywhere and keeps level where one looks.

    As `path.motion.is_motion_free`, with pieces of time on a curve: a piece is looked at in its middle, and
    cut again where a sphere may meet something within it, until none moves more than `FINEST` in it.

    Args:
        knots: (S + 1,) s, from 0.
        motion: (S, K, n) coefficients.
        around: what bounds it.
        room: by `path.motion.motion_room`.
    """
    frames, parts, reaches, pair_reaches = around.body
    looks, extents, (q, share, part_motion, pair_motion, waiting) = room
    fastest = _greatest_speeds(knots, motion, around.rates)
    farthest = max(
        _fill_motion(reaches, fastest, part_motion), _fill_motion(pair_reaches, fastest, pair_motion)
    )
    half = 0.5 * knots[-1] / LANES
    for w in range(LANES):
        waiting[w, 0], waiting[w, 1] = (2 * w + 1) * half, half
    first, last = 0, LANES
    while first < last:
        here = min(LANES, last - first)
        for w in range(LANES):
            piece = first + min(w, here - 1)
            part = _fill_lane(knots, motion, around.rates, fastest, waiting[piece], w, q)
            share[w] = part * waiting[piece, 1]
        blocked, unsure = look(
            q, share, frames, parts, around.world, extents, part_motion, pair_motion, looks
        )
        if blocked:
            return False
        if around.level[7] > -1.5 and not lanes_level(looks[0], around.level):
            return False
        for w in range(here):
            if (unsure >> w) & 1 == 0:
                continue
            if 2 * share[w] * farthest <= FINEST or last + _CUTS > len(waiting):
                return False
            middle, half = waiting[first + w]
            for cut in range(_CUTS):
                waiting[last, 0] = middle + (2 * cut + 1 - _CUTS) * half / _CUTS
                waiting[last, 1] = half / _CUTS
                last += 1
        first += here
    return True


@numba.njit(cache=True)
def _greatest_speeds(knots: Array, motion: Array, rates: Array) -> Array:
    """Speeds (n,) that no joint exceeds: the greatest at `_SLOTS` moments, and what may be in between."""
    slot = knots[-1] / _SLOTS
    speeds = np.zeros(motion.shape[2])
    for i in range(_SLOTS):
        state = state_at(knots, motion, (i + 0.5) * slot)
        for j in range(len(speeds)):
            speeds[j] = max(speeds[j], abs(state[1, j]))
    for j in range(len(speeds)):
        speeds[j] = min(speeds[j] + 0.5 * slot * rates[1, j], rates[0, j])
    return speeds


@numba.njit(cache=True)
def _fill_motion(reaches: np.ndarray, speeds: Array, motion: np.ndarray) -> float:
    """Fill how fast (K,) in m/s each part may move; the fastest of all."""
    most = 0.0
    for k in range(len(motion)):
        total = 0.0
        for j in range(len(speeds)):
            total += reaches[k, j] * speeds[j]
        motion[k] = total
        most = max(most, total)
    return most


@numba.njit(cache=True)
def _fill_lane(
    knots: Array, motion: Array, rates: Array, fastest: Array, piece: np.ndarray, w: int, q: np.ndarray
) -> float:
    """Fill lane w of q (n, 16) with a piece's middle; at most which part of the fastest joints move in it."""
    state = state_at(knots, motion, piece[0])
    part = 0.0
    for j in range(len(fastest)):
        q[j, w] = state[0, j]
        part = max(part, (abs(state[1, j]) + 0.5 * piece[1] * rates[1, j]) / fastest[j])
    return min(part, 1.0)


@numba.njit(cache=True)
def lanes_level(pose: Array, level: Array) -> bool:
    """Whether all 16 lanes of poses (F, 12, 16) keep level, see `Surroundings`."""
    own = pose[int(level[0])]
    for w in range(LANES):
        cosine = 0.0
        for i in range(3):
            turned = 0.0
            for k in range(3):
                turned += own[4 * i + k, w] * level[1 + k]
            cosine += turned * level[4 + i]
        if cosine < level[7]:
            return False
    return True


@numba.njit(cache=True)
def _replace(
    times: Array, coefficients: Array, begin: float, end: float, knots: Array, motion: Array
) -> tuple[Array, Array]:
    """The trajectory with `motion` instead of what was from `begin` to `end`."""
    pieces, size, dof = coefficients.shape
    head = 0  # pieces that begin before `begin`
    while head < pieces and times[head] < begin - _SAME_KNOT:
        head += 1
    tail = pieces  # first piece that ends after `end`
    while tail > 0 and times[tail] > end + _SAME_KNOT:
        tail -= 1
    count = head + len(knots) - 1 + pieces - tail
    new_times, new = np.empty(count + 1), np.zeros((count, size, dof))
    new_times[:head], new[:head] = times[:head], coefficients[:head]
    at = head
    for i in range(len(knots) - 1):
        if knots[i + 1] - knots[i] > _SAME_KNOT:
            new_times[at] = begin + knots[i]
            new[at, : motion.shape[1]] = motion[i]
            at += 1
    shift = begin + knots[-1] - end
    for piece in range(tail, pieces):
        since = end - times[piece] if piece == tail else 0.0
        new_times[at] = times[piece] + since + shift
        _about(coefficients[piece], since, new[at])
        at += 1
    new_times[at] = times[-1] + shift if tail < pieces else begin + knots[-1]
    return new_times[: at + 1].copy(), new[:at].copy()


@numba.njit(cache=True)
def _about(c: Array, since: float, out: Array) -> None:
    """Coefficients (K, dof) about a later time: synthetic division, Horner's scheme repeated."""
    size, dof = c.shape
    for j in range(dof):
        for k in range(size):
            out[k, j] = c[k, j]
        for first in range(size - 1):
            for k in range(size - 2, first - 1, -1):
                out[k, j] += since * out[k + 1, j]
