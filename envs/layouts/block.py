"""A random block of a warehouse: rows of racks with aisles and gaps, pillars, and things left standing about.

Frame: the origin is the middle of the floor; the block is `2 * HALF` m square inside its walls
(`assets/scenes/warehouse_block.usda`). Racks and pillars are on a robot's map of the building; pallets and
drums are not: somebody put them there today.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .pieces import Piece, distance_to

HALF = 10.0
CELLS = 80  # of the grid over a block, along each side
CELL = 2 * HALF / CELLS
MAPPED = ("rack", "pillar")
PARKED = np.array([0.0, 0.0, 0.0])
"""Pose of a piece that a layout does not use; its `is_used` is false, and it lies below the floor."""

_SLOTS = 6  # of a row
_LEAST_SHARE = 0.6  # of the pieces of a kind that a block uses
_SPACING = 0.05  # m between pieces


def draw_block(pieces: Sequence[Piece], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Poses (pieces, 3) as x, y in m and yaw in rad, and which pieces are used, (pieces,)."""
    poses = np.tile(PARKED, (len(pieces), 1))
    is_used = np.zeros(len(pieces), dtype=bool)
    racks = [i for i, piece in enumerate(pieces) if piece.kind == "rack"]
    used = racks[: _draw_count(len(racks), rng)]
    if used:
        poses[used] = _rack_rows(pieces[used[0]], len(used), rng)
    is_used[used] = True
    for kind in ("pillar", "pallet", "drum"):
        of_kind = [i for i, piece in enumerate(pieces) if piece.kind == kind]
        for i in of_kind[: _draw_count(len(of_kind), rng)]:
            pose = _free_pose(pieces, poses, is_used, pieces[i], rng)
            if pose is not None:
                poses[i], is_used[i] = pose, True
    return poses, is_used


def _draw_count(most: int, rng: np.random.Generator) -> int:
    return int(rng.integers(int(_LEAST_SHARE * most), most + 1))


def _rack_rows(rack: Piece, count: int, rng: np.random.Generator) -> np.ndarray:
    """Poses of `count` racks in two or three rows, along X or along Y, with gaps where a slot stays empty."""
    rows = int(rng.integers(2, 4))
    pitch = 2 * HALF / (rows + 1)
    across = -HALF + pitch * (1 + np.arange(rows)) + rng.uniform(-0.8, 0.8, rows)
    spare = HALF - rack.half[0] * _SLOTS
    shift = rng.uniform(-spare, spare, rows)
    slots = rng.choice(rows * _SLOTS, count, replace=False)
    row, slot = slots // _SLOTS, slots % _SLOTS
    along = shift[row] + 2 * rack.half[0] * (slot - (_SLOTS - 1) / 2)
    if rng.random() < 0.5:
        return np.column_stack((along, across[row], np.zeros(count)))
    return np.column_stack((across[row], along, np.full(count, np.pi / 2)))


def _free_pose(
    pieces: Sequence[Piece], poses: np.ndarray, is_used: np.ndarray, piece: Piece, rng: np.random.Generator
) -> np.ndarray | None:
    """A pose at which `piece` overlaps nothing, if one of 20 is: half of the time square to the walls."""
    limit = HALF - piece.reach - _SPACING
    for _ in range(20):
        yaw = rng.integers(4) * np.pi / 2 if rng.random() < 0.5 else rng.uniform(-np.pi, np.pi)
        pose = np.array([*rng.uniform(-limit, limit, 2), yaw])
        others = (distance_to(pieces[i], poses[i], pose[:2]) for i in np.flatnonzero(is_used).tolist())
        if all(distance > piece.reach + _SPACING for distance in others):
            return pose
    return None
