"""Where in the tote there is room, and whether something came into it."""

from __future__ import annotations

import cv2
import numpy as np

from ...assets.objects.cell import TOTE
from ...assets.objects.open_box import OpenBox
from ...perception.poses import Array, pose_of, rotation_exp
from .eyes import within
from .hands import Hold
from .things import Look

_CELL = 0.01  # m
_WALL = 0.015  # m between what is put down and a wall
_DROP = 0.02  # m from which it is let go
_ABOVE = 0.06  # m over the rim, before it goes down
_MOST = 16  # poses that are offered
_CHANGED, _FEWEST = 0.004, 150  # m of depth, pixels: something came
# Corners of the palm in the tool's frame, m: it must not meet the walls either.
_HAND = np.array([[x, y, z] for x in (-0.05, 0.05) for y in (-0.10, 0.10) for z in (-0.07, -0.13)])
_LARGEST = 0.3  # m above the bottom, of what may lie in a tote


def heights(look: Look, tote: OpenBox = TOTE) -> Array:
    """Height (nx, ny) in m above the tote's bottom of each cell of 1 cm; where nothing is seen, 0."""
    size = np.ceil(np.array(tote.size[:2]) / _CELL).astype(int)
    points = look.points[within(look.points, tote)]
    points = points[points[:, 2] < tote.low[2] + _LARGEST]
    cells = np.clip(((points[:, :2] - tote.low[:2]) / _CELL).astype(int), 0, size - 1)
    grid = np.zeros(size)
    np.maximum.at(grid, tuple(cells.T), np.maximum(points[:, 2] - tote.low[2], 0.0))
    return grid


def something_came(before: Look, after: Look, tote: OpenBox = TOTE) -> bool:
    """Whether two pictures of the tote differ by more than noise."""
    first, second = (cv2.blur(cv2.medianBlur(look.depth, 5), (5, 5)) for look in (before, after))
    known = within(before.points, tote) & within(after.points, tote)
    changed = known & (np.abs(second - first) > _CHANGED)
    opened = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return int(opened.sum()) >= _FEWEST


def places(grid: Array, hold: Hold, points: Array, tote: OpenBox = TOTE) -> tuple[Array, Array]:
    """Poses of the tool (m, 4, 4) in which to let go, the best first, and (m,) how much higher to begin.

    Args:
        grid: of `heights`.
        hold: how it is held.
        points: (n, 3) of its surface in the base, as it was when it was grasped.
    """
    options = []
    for turn in np.linspace(-np.pi, np.pi, 8, endpoint=False):
        rotation = rotation_exp([0.0, 0.0, turn])
        held = (points - hold.tool[:3, 3]) @ rotation.T
        tool_turn = rotation @ hold.tool[:3, :3]
        around = np.concatenate([held, _HAND @ tool_turn.T])
        low, high = around[:, :2].min(axis=0), around[:, :2].max(axis=0)
        room_low, room_high = tote.low[:2] + _WALL - low, tote.high[:2] - _WALL - high
        if (room_low > room_high).any():
            continue
        for x in np.linspace(room_low[0], room_high[0], 5):
            for y in np.linspace(room_low[1], room_high[1], 4):
                ground = _ground(grid, held[:, :2] + [x, y], tote)
                z = tote.low[2] + ground + _DROP - held[:, 2].min()
                pose = pose_of([x, y, z], tool_turn)
                rise = max(tote.high[2] + _ABOVE - (z + held[:, 2].min()), 0.0)
                options.append((ground, float(np.hypot(x - tote.middle[0], y - tote.middle[1])), pose, rise))
    options.sort(key=lambda option: (round(option[0], 2), option[1]))
    best = options[:_MOST]
    return np.array([pose for *_, pose, _ in best]).reshape(-1, 4, 4), np.array([rise for *_, rise in best])


def _ground(grid: Array, footprint: Array, tote: OpenBox) -> float:
    """The highest of what lies under points (n, 2), m above the bottom."""
    cells = ((footprint - tote.low[:2]) / _CELL).astype(int)
    cells = np.unique(np.clip(cells, 0, np.array(grid.shape) - 1), axis=0)
    return float(grid[tuple(cells.T)].max())
