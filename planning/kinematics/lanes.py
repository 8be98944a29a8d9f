"""Arithmetic on 16 configurations at once, in loops that a compiler turns into vector instructions."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numba import njit

from ..robot.group import JointGroup

LANES = 16
"""Configurations in a block: two AVX-512 registers of float64, four of AVX2, eight of NEON."""

# Contraction to fused products keeps the vectors full; NaN keeps its meaning, and sums their order.
FASTMATH = {"contract", "nsz"}

BORROWED: dict[str, Any] = {"_nrt": False}
"""Options of compiled functions that make no arrays: their callers hold those they get. Otherwise each counts
references, atomically, which takes two thirds of the time of a collision check."""

Frames: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""A group's frames as compiled code takes them: parent, fixed pose, turns, dof, multiplier, offset."""

_TWO_BY_PI = 2 / np.pi
# pi/2 in two parts, the first with trailing zeros: j * first is exact for moderate j (Cody and Waite 1980).
_HALF_PI_HIGH = float.fromhex("0x1.921fb544p+0")
_HALF_PI_LOW = np.pi / 2 - _HALF_PI_HIGH + 6.123233995736766e-17


def frame_arrays(group: JointGroup) -> Frames:
    """The frames of a group, as compiled code takes them."""
    return (
        group.frame_parent,
        group.frame_fixed,
        group.frame_turns,
        group.frame_dof,
        group.multiplier,
        group.offset,
    )


@njit
def sin_cos(x: float) -> tuple[float, float]:
    """Sine and cosine without branches, within 2e-16 for angles of up to thousands of turns.

    Reduction to [-pi/4, pi/4] by Cody and Waite, then Taylor's series in Horner's form: its first dropped
    terms, x^19/19! and x^18/18!, are below 1e-17 there.
    """
    j = np.rint(x * _TWO_BY_PI)
    r = (x - j * _HALF_PI_HIGH) - j * _HALF_PI_LOW
    z = r * r
    sin = 1 / 355687428096000.0
    sin = sin * z - 1 / 1307674368000.0
    sin = sin * z + 1 / 6227020800.0
    sin = sin * z - 1 / 39916800.0
    sin = sin * z + 1 / 362880.0
    sin = sin * z - 1 / 5040.0
    sin = sin * z + 1 / 120.0
    sin = sin * z - 1 / 6.0
    sin = r + r * z * sin
    cos = 1 / 20922789888000.0
    cos = cos * z - 1 / 87178291200.0
    cos = cos * z + 1 / 479001600.0
    cos = cos * z - 1 / 3628800.0
    cos = cos * z + 1 / 40320.0
    cos = cos * z - 1 / 720.0
    cos = cos * z + 1 / 24.0
    cos = cos * z - 0.5
    cos = 1 + z * cos
    quadrant = j - 4 * np.floor(j * 0.25)
    is_odd = (quadrant == 1) | (quadrant == 3)
    s = cos if is_odd else sin
    c = sin if is_odd else cos
    s = -s if quadrant >= 2 else s
    c = -c if (quadrant == 1) | (quadrant == 2) else c
    return s, c


@njit(fastmath=FASTMATH, **BORROWED)
def fill_lanes(q: np.ndarray, start: int, lanes: np.ndarray) -> None:
    """Copy configurations q[start : start + 16] to lanes (n, 16); past the end, the last is repeated."""
    last = q.shape[0] - 1
    for w in range(LANES):
        row = min(start + w, last)
        for d in range(q.shape[1]):
            lanes[d, w] = q[row, d]


@njit(fastmath=FASTMATH)
def frame_lanes(q: np.ndarray, frames: Frames, pose: np.ndarray) -> None:
    """Poses of all frames of a `JointGroup` for 16 configurations.

    Args:
        q: (n, 16) joint values, a configuration in each lane.
        frames: of the group, by `frame_arrays`.
        pose: (F, 12, 16) to fill: rows of the 3 x 4 matrices, row by row.
    """
    parent, fixed, turns, dof, multiplier, offset = frames
    cos, sin = np.empty(LANES), np.empty(LANES)
    for i in range(3):
        for j in range(4):
            for w in range(LANES):
                pose[0, 4 * i + j, w] = 1.0 if i == j else 0.0
    for f in range(1, parent.shape[0]):
        value, above, own, k = q[dof[f]], pose[parent[f]], pose[f], fixed[f]
        m, b = multiplier[f], offset[f]
        if turns[f]:
            for w in range(LANES):
                sin[w], cos[w] = sin_cos(m * value[w] + b)
        else:
            for w in range(LANES):
                sin[w] = m * value[w] + b
        k00, k01, k02, k03 = k[0, 0], k[0, 1], k[0, 2], k[0, 3]
        k10, k11, k12, k13 = k[1, 0], k[1, 1], k[1, 2], k[1, 3]
        k20, k21, k22, k23 = k[2, 0], k[2, 1], k[2, 2], k[2, 3]
        for i in range(0, 12, 4):
            if turns[f]:
                for w in range(LANES):
                    a, b_, c, t = above[i, w], above[i + 1, w], above[i + 2, w], above[i + 3, w]
                    x = a * k00 + b_ * k10 + c * k20
                    y = a * k01 + b_ * k11 + c * k21
                    own[i, w] = x * cos[w] + y * sin[w]
                    own[i + 1, w] = y * cos[w] - x * sin[w]
                    own[i + 2, w] = a * k02 + b_ * k12 + c * k22
                    own[i + 3, w] = a * k03 + b_ * k13 + c * k23 + t
            else:
                for w in range(LANES):
                    a, b_, c, t = above[i, w], above[i + 1, w], above[i + 2, w], above[i + 3, w]
                    z = a * k02 + b_ * k12 + c * k22
                    own[i, w] = a * k00 + b_ * k10 + c * k20
                    own[i + 1, w] = a * k01 + b_ * k11 + c * k21
                    own[i + 2, w] = z
                    own[i + 3, w] = a * k03 + b_ * k13 + c * k23 + t + z * sin[w]
