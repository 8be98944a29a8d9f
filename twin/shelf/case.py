"""What is drawn for a run: where the shelf is, what stands on it, what is wanted, where the robot starts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...assets.objects import CATALOGUE
from ...assets.objects.shelf import SHELF
from ...assets.warehouse.layout import Layout, WarehouseCfg, plan
from ...perception.poses import Array, pose_of, rotation_exp

AREA = 800.0
"""m2 of the hall."""
_RACK = 0.08  # m from the shelf's back to the rack behind it
_FROM_ENDS = 0.8  # m from the ends of the aisle to the shelf's middle
_WAY = (3.0, 5.0)  # m along the aisle from the start to the shelf
_TOLD_SHIFT, _TOLD_TURN = 0.05, math.radians(2.0)  # by which the robot is told wrong, at most
_DEEPEST = 0.24  # m into the shelf, of middles
_GAP = 0.05  # m between things on the board
_MOST = 3  # things on the board
_TRIES = 300


@dataclass(frozen=True, eq=False)
class Case:
    """One run.

    Attributes:
        seed: of all of it.
        hall: to generate.
        shelf: (4, 4) `world_from_shelf`.
        board: which of the shelf's boards the objects stand on, from below.
        names: of the objects on it; the first is wanted.
        poses: (k, 4, 4) `world_from_object`.
        start: x and y in m, yaw in rad, of the robot in the world.
        told: (4, 4) where the robot is told that the shelf is, in the frame of its start, on the floor.
    """

    seed: int
    hall: WarehouseCfg
    shelf: Array
    board: int
    names: tuple[str, ...]
    poses: Array
    start: tuple[float, float, float]
    told: Array


def case_of(seed: int) -> Case:
    """The run of a seed."""
    rng = np.random.default_rng([seed, 40])
    cfg = WarehouseCfg(area_m2=AREA, cameras=0, seed=seed)
    layout = plan(cfg, np.random.default_rng(seed))
    shelf, start = _places(layout, rng)
    board = int(rng.integers(len(SHELF.boards)))
    names, on_board = _stock(board, rng)
    here = pose_of([start[0], start[1], 0.0], rotation_exp([0.0, 0.0, start[2]]))
    error = pose_of(
        [*rng.uniform(-_TOLD_SHIFT, _TOLD_SHIFT, 2), 0.0],
        rotation_exp([0.0, 0.0, rng.uniform(-_TOLD_TURN, _TOLD_TURN)]),
    )
    told = np.linalg.inv(here) @ shelf @ error
    return Case(seed, cfg, shelf, board, names, shelf @ on_board, start, told)


def _places(layout: Layout, rng: np.random.Generator) -> tuple[Array, tuple[float, float, float]]:
    """The shelf along one side of an aisle, and a start in the same aisle."""
    aisle = layout.aisle_x[rng.integers(len(layout.aisle_x))]
    side = 1.0 if rng.random() < 0.5 else -1.0
    front = layout.aisle_width / 2 - _RACK - SHELF.depth
    south, north = layout.blocks[0]
    y = float(rng.uniform(south + _FROM_ENDS, north - _FROM_ENDS))
    shelf = pose_of([aisle + side * front, y, 0.0], rotation_exp([0.0, 0.0, 0.0 if side > 0 else np.pi]))
    towards = 1.0 if y > (south + north) / 2 else -1.0
    start_y = y - towards * float(rng.uniform(*_WAY))
    start_x = aisle - side * 0.2 + float(rng.uniform(-0.4, 0.4))
    yaw = towards * np.pi / 2 + float(rng.uniform(-0.4, 0.4))
    return shelf, (float(start_x), start_y, float(yaw))


def _stock(board: int, rng: np.random.Generator) -> tuple[tuple[str, ...], Array]:
    """Names and poses (k, 4, 4), in the shelf's frame, of objects that stand beside each other."""
    names: list[str] = []
    poses: list[Array] = []
    taken: list[tuple[float, float]] = []
    count = int(rng.integers(1, _MOST + 1))
    for name in rng.permutation(list(CATALOGUE)):
        low, high = CATALOGUE[name].shape.vertices.min(axis=0), CATALOGUE[name].shape.vertices.max(axis=0)
        radius = float(np.hypot(*(high - low)[:2])) / 2
        for _ in range(_TRIES if not names else 10):
            room = SHELF.width / 2 - SHELF.post - radius - 0.01
            x = float(rng.uniform(radius + 0.01, max(min(_DEEPEST, SHELF.depth - radius), radius + 0.02)))
            y = float(rng.uniform(-room, room))
            if all(abs(y - other) > radius + r + _GAP for other, r in taken):
                yaw = float(rng.uniform(-np.pi, np.pi))
                z = SHELF.boards[board] - float(low[2]) + 0.001
                poses.append(pose_of([x, y, z], rotation_exp([0.0, 0.0, yaw])))
                names.append(str(name))
                taken.append((y, radius))
                break
        if len(names) == count:
            break
    return tuple(names), np.array(poses)
