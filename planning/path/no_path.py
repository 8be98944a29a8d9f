"""Why there is no path: a proof for few joints, and what stands around a tree that hardly grew."""

from __future__ import annotations

from collections import Counter

import numpy as np
from scipy import ndimage

from ..collision.body import CollisionBody
from ..collision.distance_numba import distances
from ..collision.sweep import reaches
from ..collision.world import World

MOST_JOINTS = 3
"""Joints for which a proof is tried: the number of cells grows with the power of their number."""

_CELLS = {1: (64, 1024), 2: (32, 64, 128), 3: (16, 24, 32)}  # along each joint, from coarse to fine
_DIRECTIONS, _PLACES = 32, 40


def divided(body: CollisionBody, world: World, start: np.ndarray, goals: np.ndarray, cells: int) -> bool:
    """Whether a grid of cells proves that no path leads from a start (n,) to any of goals (G, n).

    A cell is closed if in its middle a part is deeper inside something than any sphere of it moves within
    the cell: then no configuration of it is free. A path passes through cells that are not closed and touch
    each other; where no chain of those leads from start to goal there is none.

    Args:
        body: the robot and what it holds; its joints have limits.
        world: obstacles.
        start: configuration within limits.
        goals: configurations within limits.
        cells: along each joint; with 0 there is no proof.
    """
    if not cells:
        return False
    limits = body.group.limits
    side = (limits.upper - limits.lower) / cells
    axes = [limits.lower[d] + side[d] * (np.arange(cells) + 0.5) for d in range(len(side))]
    middles = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(side))
    near = distances(body, world, middles)
    moves = reaches(body) @ (side / 2)
    owner = np.searchsorted(body.part_start, near.nearest[..., 0], side="right") - 1
    other = np.searchsorted(body.part_start, near.nearest[:, 1, 1], side="right") - 1
    depth_world = -near.distance[:, 0] - moves[owner[:, 0]]
    depth_self = -near.distance[:, 1] - moves[owner[:, 1]] - moves[other]
    is_open = (np.maximum(depth_world, depth_self) <= 0).reshape((cells,) * len(side))
    labels = np.empty(is_open.shape, np.int32)
    ndimage.label(is_open, np.ones((3,) * len(side)), output=labels)
    own, *others = (
        labels[tuple(np.clip(((q - limits.lower) / side).astype(int), 0, cells - 1))] for q in (start, *goals)
    )
    return own not in others


def proof_sizes(body: CollisionBody) -> tuple[int, ...]:
    """Numbers of cells along each joint that are worth a try, from coarse to fine; none for many joints."""
    limits = body.group.limits
    bounded = np.isfinite(limits.lower).all() and np.isfinite(limits.upper).all()
    return _CELLS.get(body.group.dof, ()) if bounded else ()


def stands_around(body: CollisionBody, world: World, q: np.ndarray) -> tuple[str, str]:
    """The part of the robot and what it meets most often on short ways in all directions from q (n,).

    Both are empty where nothing is met.
    """
    limits = body.group.limits
    directions = np.random.default_rng(0).standard_normal((_DIRECTIONS, len(q)))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    along = np.linspace(0.0, 1.0, _PLACES)[:, None]
    met: Counter[tuple[str, str]] = Counter()
    for direction in directions:
        places = np.clip(q + along * direction, limits.lower, limits.upper)
        near = distances(body, world, places)
        blocked = np.flatnonzero(near.distance.min(axis=1) <= 0)
        if not len(blocked):
            continue
        first = int(blocked[0])
        row = int(np.argmin(near.distance[first]))
        sphere, what = (int(index) for index in near.nearest[first, row])
        other = world.names[what] if row == 0 else body.names[body.part_of(what)]
        met[body.names[body.part_of(sphere)], other] += 1
    return met.most_common(1)[0][0] if met else ("", "")
