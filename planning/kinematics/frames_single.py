"""Poses of a group's frames for 16 configurations in float32, for what needs no more digits than that."""

from __future__ import annotations

import numpy as np
from numba import njit

from .lanes import BORROWED, FASTMATH, LANES, Frames
from .vector import floor, load, magnitude, nearest_integer, single, store

_TWO_BY_PI = 2 / np.pi
_HALF_PI = np.pi / 2


@njit
def frame_room(frames: Frames) -> np.ndarray:
    """Room (F, 12, 16) for `place_frames`, with the base in place."""
    pose = np.zeros((frames[0].shape[0], 12, LANES), np.float32)
    for diagonal in (0, 5, 10):
        pose[0, diagonal, :] = 1.0
    return pose


@njit(fastmath=FASTMATH, forceinline=True)
def _sin_cos(x):
    """Sine and cosine in float32 of lanes in float64, within 2e-7 for angles of up to thousands of turns.

    The angle is reduced to [-pi/4, pi/4] in float64; there Taylor's series are cut below 3e-8.
    """
    j = nearest_integer(x * _TWO_BY_PI)
    r = single(x - j * _HALF_PI)
    z = r * r
    sin = r + r * z * (z * (z * (z * (1 / 362880) - 1 / 5040) + 1 / 120) - 1 / 6)
    cos = z * (z * (z * (z * (1 / 40320) - 1 / 720) + 1 / 24) - 0.5) + 1.0
    quarter = single(j - floor(j * 0.25) * 4.0)
    half = floor(quarter * 0.5)
    odd = quarter - half * 2.0
    # Odd quarters exchange sine and cosine; signs are + + - - and + - - +.
    return (
        (sin + odd * (cos - sin)) * (1.0 - half * 2.0),
        (cos + odd * (sin - cos)) * (1.0 - magnitude(odd - half) * 2.0),
    )


@njit(fastmath=FASTMATH, **BORROWED)
def place_frames(q: np.ndarray, frames: Frames, pose: np.ndarray) -> None:
    """As `frame_lanes`, within 1e-6 m for an arm of 1 m.

    Args:
        q: (n, 16) float64 joint values, a configuration in each lane.
        frames: of the group, by `frame_arrays`.
        pose: (F, 12, 16) by `frame_room`, to fill.
    """
    parent, fixed, turns, dof, multiplier, offset = frames
    for f in range(1, parent.shape[0]):
        value = load(q, dof[f]) * multiplier[f] + offset[f]
        above, own = 12 * parent[f], 12 * f
        if turns[f]:
            sin, cos = _sin_cos(value)
            for i in range(0, 12, 4):
                x, y, z, at = _row(pose, above + i, fixed, f)
                store(pose, own + i, x * cos + y * sin)
                store(pose, own + i + 1, y * cos - x * sin)
                store(pose, own + i + 2, z)
                store(pose, own + i + 3, at)
        else:
            length = single(value)
            for i in range(0, 12, 4):
                x, y, z, at = _row(pose, above + i, fixed, f)
                store(pose, own + i, x)
                store(pose, own + i + 1, y)
                store(pose, own + i + 2, z)
                store(pose, own + i + 3, at + z * length)


@njit(fastmath=FASTMATH, forceinline=True, **BORROWED)
def _row(pose, row, fixed, f):
    """A row of the product of a pose and frame f's fixed one: four vectors."""
    a, b, c, at = load(pose, row), load(pose, row + 1), load(pose, row + 2), load(pose, row + 3)
    return (
        a * fixed[f, 0, 0] + b * fixed[f, 1, 0] + c * fixed[f, 2, 0],
        a * fixed[f, 0, 1] + b * fixed[f, 1, 1] + c * fixed[f, 2, 1],
        a * fixed[f, 0, 2] + b * fixed[f, 1, 2] + c * fixed[f, 2, 2],
        a * fixed[f, 0, 3] + b * fixed[f, 1, 3] + c * fixed[f, 2, 3] + at,
    )
