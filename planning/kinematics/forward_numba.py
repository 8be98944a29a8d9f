"""Forward kinematics and Jacobians of many configurations on the CPU; all poses are in the group's base."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from ..robot.group import JointGroup
from ..threads import share
from . import inputs
from .lanes import FASTMATH, LANES, fill_lanes, frame_arrays, frame_lanes

_LEAST = 1024  # configurations that are worth a thread of their own


def link_poses(group: JointGroup, q: ArrayLike, links: ArrayLike | None = None) -> np.ndarray:
    """Poses (B, k, 4, 4) of links, given as rows of the tree (all by default), at configurations q (B, n).

    Raises:
        ConfigurationError: q has another number of joints, or values that are no numbers.
    """
    values = inputs.configurations(group, q)
    rows = np.arange(len(group.link_frame)) if links is None else np.atleast_1d(np.asarray(links, int))
    out = np.empty((len(values), len(rows), 4, 4))
    frames, carriers, offsets = frame_arrays(group), group.link_frame[rows], group.link_offset[rows]
    share(lambda a, b: _link_poses(values[a:b], frames, carriers, offsets, out[a:b]), len(values), _LEAST)
    return out


def tip_poses(group: JointGroup, q: ArrayLike) -> np.ndarray:
    """Poses (B, 4, 4) of the tip at configurations q (B, n).

    Raises:
        ConfigurationError: q has another number of joints, or values that are no numbers.
    """
    return link_poses(group, q, group.tip)[:, 0]


def tip_jacobians(group: JointGroup, q: ArrayLike) -> np.ndarray:
    """Geometric Jacobians (B, 6, n) of the tip: velocity of its origin, then angular velocity, in the base.

    Raises:
        ConfigurationError: q has another number of joints, or values that are no numbers.
    """
    values = inputs.configurations(group, q)
    out = np.zeros((len(values), 6, group.dof))
    frames, frame = frame_arrays(group), int(group.link_frame[group.tip])
    point = np.ascontiguousarray(group.link_offset[group.tip, :3, 3])
    share(lambda a, b: _tip_jacobians(values[a:b], frames, frame, point, out[a:b]), len(values), _LEAST)
    return out


@njit(nogil=True, cache=True, fastmath=FASTMATH)
def _link_poses(q, frames, link_frame, link_offset, out):
    blocks = (q.shape[0] + LANES - 1) // LANES
    lanes = np.empty((q.shape[1], LANES))
    pose = np.empty((frames[0].shape[0], 12, LANES))
    for block in range(blocks):
        start = block * LANES
        fill_lanes(q, start, lanes)
        frame_lanes(lanes, frames, pose)
        for w in range(min(LANES, q.shape[0] - start)):
            for link in range(link_frame.shape[0]):
                f, k, to = link_frame[link], link_offset[link], out[start + w, link]
                for i in range(3):
                    for j in range(4):
                        value = pose[f, 4 * i + 3, w] if j == 3 else 0.0
                        for m in range(3):
                            value += pose[f, 4 * i + m, w] * k[m, j]
                        to[i, j] = value
                to[3, 0] = to[3, 1] = to[3, 2] = 0.0
                to[3, 3] = 1.0


@njit(nogil=True, cache=True, fastmath=FASTMATH)
def _tip_jacobians(q, frames, tip_frame, tip_point, out):
    blocks = (q.shape[0] + LANES - 1) // LANES
    lanes = np.empty((q.shape[1], LANES))
    pose = np.empty((frames[0].shape[0], 12, LANES))
    parent, _, turns, dof, multiplier, _ = frames
    tip, columns = np.empty((3, LANES)), np.empty((q.shape[1], 6, LANES))
    for block in range(blocks):
        start = block * LANES
        fill_lanes(q, start, lanes)
        frame_lanes(lanes, frames, pose)
        for i in range(3):
            for w in range(LANES):
                tip[i, w] = pose[tip_frame, 4 * i + 3, w]
                for m in range(3):
                    tip[i, w] += pose[tip_frame, 4 * i + m, w] * tip_point[m]
        columns[:] = 0.0
        f = tip_frame
        while f > 0:
            _add_column(columns[dof[f]], multiplier[f], turns[f], pose[f], tip)
            f = parent[f]
        for w in range(min(LANES, q.shape[0] - start)):
            for d in range(q.shape[1]):
                for i in range(6):
                    out[start + w, i, d] = columns[d, i, w]


@njit(fastmath=FASTMATH)
def _add_column(column, multiplier, turns, pose, tip):
    """Add to a column (6, 16) what a frame, pose (12, 16), does to a point of the tip (3, 16)."""
    for w in range(LANES):
        zx, zy, zz = multiplier * pose[2, w], multiplier * pose[6, w], multiplier * pose[10, w]
        if turns:
            x, y, z = tip[0, w] - pose[3, w], tip[1, w] - pose[7, w], tip[2, w] - pose[11, w]
            column[0, w] += zy * z - zz * y
            column[1, w] += zz * x - zx * z
            column[2, w] += zx * y - zy * x
            column[3, w] += zx
            column[4, w] += zy
            column[5, w] += zz
        else:
            column[0, w] += zx
            column[1, w] += zy
            column[2, w] += zz
