"""When a moving robot first meets something: pieces of time, whose middles are checked with a margin.

Pieces are so short that no sphere of the robot moves farther than a centimetre in one: its middle is checked
with all radii enlarged by how far a sphere can be from there within the piece. A piece that is not free with
this margin but free without is halved, until the margin is below what single precision resolves. So nothing
slips through between two looks, and a motion close along an obstacle is not refused for the margin's sake.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..collision.body import BodyArrays
from ..collision.free_numba import lane_room, lanes_hit
from ..collision.world import WorldArrays
from ..kinematics.lanes import LANES, Frames

STEP = 0.01
"""m that no sphere moves farther than between looks."""
_FINEST = 2e-5
"""m: a margin that single precision hardly resolves."""
_SLOTS = 64
"""Pieces of time in which the speed is looked at first."""


@njit(cache=True, nogil=True)
def first_contact(
    times: np.ndarray,
    coefficients: np.ndarray,
    acceleration: np.ndarray,
    reach: np.ndarray,
    frames: Frames,
    body: BodyArrays,
    world: WorldArrays,
) -> float:
    """The earliest moment found in s, or -1 if the motion is free.

    Args:
        times: (S + 1,) knots in s.
        coefficients: (S, K, n) of rising powers.
        acceleration: (n,) that no joint exceeds.
        reach: (K, n) how far each joint moves any sphere of a part at most, in m/rad or m/m.
        frames: of the group, by `frame_arrays`.
        body: by `CollisionBody.arrays`.
        world: by `World.arrays_single`.
    """
    dof = coefficients.shape[2]
    lanes, speed, room = np.empty((dof, LANES)), np.empty(dof), lane_room(frames, body)
    begins, ends = _pieces(times, coefficients, acceleration, reach, speed)
    earliest = np.inf
    while len(begins) > 0:
        left, kept = np.empty((2 * len(begins), 2)), 0
        for first in range(0, len(begins), LANES):
            count, margin = min(LANES, len(begins) - first), 0.0
            for w in range(LANES):
                i = first + min(w, count - 1)
                half = 0.5 * (ends[i] - begins[i])
                _state(times, coefficients, begins[i] + half, lanes, w, speed)
                margin = max(margin, _farthest(speed, half, acceleration, reach))
            tight = lanes_hit(lanes, frames, body, world, margin, room, False)
            if tight == 0:
                continue
            blocked = tight
            if margin > _FINEST:
                blocked = lanes_hit(lanes, frames, body, world, 0.0, room, False)
            for w in range(count):
                begin, end = begins[first + w], ends[first + w]
                middle = 0.5 * (begin + end)
                if (blocked >> w) & 1:
                    earliest = min(earliest, middle)
                elif (tight >> w) & 1:
                    left[kept, 0], left[kept, 1] = begin, middle
                    left[kept + 1, 0], left[kept + 1, 1] = middle, end
                    kept += 2
        before = 0
        for i in range(kept):  # what comes after a contact is of no interest
            if left[i, 0] < earliest:
                left[before, 0], left[before, 1] = left[i, 0], left[i, 1]
                before += 1
        begins, ends = left[:before, 0].copy(), left[:before, 1].copy()
    return earliest if earliest < np.inf else -1.0


@njit(cache=True)
def _pieces(
    times: np.ndarray,
    coefficients: np.ndarray,
    acceleration: np.ndarray,
    reach: np.ndarray,
    speed: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Begins and ends (N,) of pieces in which no sphere moves farther than `STEP`."""
    slot = times[-1] / _SLOTS
    lanes, parts = np.empty((len(speed), 1)), np.empty(_SLOTS, np.int64)
    for i in range(_SLOTS):
        _state(times, coefficients, (i + 0.5) * slot, lanes, 0, speed)
        parts[i] = max(1, int(np.ceil(2.0 * _farthest(speed, 0.5 * slot, acceleration, reach) / STEP)))
    begins, ends, n = np.empty(parts.sum()), np.empty(parts.sum()), 0
    for i in range(_SLOTS):
        for k in range(parts[i]):
            begins[n], ends[n] = (i + k / parts[i]) * slot, (i + (k + 1) / parts[i]) * slot
            n += 1
    return begins, ends


@njit(cache=True)
def _state(
    times: np.ndarray, coefficients: np.ndarray, time: float, lanes: np.ndarray, w: int, speed: np.ndarray
) -> None:
    """Fill lane w of lanes (n, 16) with the position, and speed (n,)."""
    piece = min(max(np.searchsorted(times, time, side="right") - 1, 0), len(times) - 2)
    since = time - times[piece]
    for j in range(len(speed)):
        position, velocity = 0.0, 0.0
        for k in range(coefficients.shape[1] - 1, -1, -1):
            velocity = velocity * since + position
            position = position * since + coefficients[piece, k, j]
        lanes[j, w], speed[j] = position, abs(velocity)


@njit(cache=True)
def _farthest(speed: np.ndarray, half: float, acceleration: np.ndarray, reach: np.ndarray) -> float:
    """m that any sphere can be away, within `half` s, from where it is at a moment of known speed (n,)."""
    most = 0.0
    for part in range(reach.shape[0]):
        moved = 0.0
        for j in range(len(speed)):
            moved += reach[part, j] * half * (speed[j] + 0.5 * half * acceleration[j])
        most = max(most, moved)
    return most
