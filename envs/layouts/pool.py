"""A few hundred random blocks with goals in them, made once per seed, from which episodes draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .block import CELL, CELLS, HALF, MAPPED, draw_block
from .geodesic import FAR, shortest_lengths
from .pieces import Piece, distance_to

_BELOW_FLOOR = -9.0
_DETOUR = (1.3, 1.0)
"""A start counts if its way is not longer than this factor times the way on the map, plus this many m: what
stands about may bend it, but may not block an aisle that the map calls open."""


@dataclass(frozen=True)
class PoolCfg:
    """`layouts` blocks with `goals` goals each; ways are those of a disc of `robot_radius` m.

    Starts and goals have `room` m around that disc: a robot that does not see behind itself can turn there.
    """

    layouts: int = 128
    goals: int = 4
    robot_radius: float = 0.55
    room: float = 0.2


class LayoutPool:
    """Furniture poses, goals and lengths of ways, ready to be drawn from.

    `positions` (layouts, pieces, 3) and `quats` (layouts, pieces, 4) are for mocap bodies. `goals`
    (layouts * goals, 2) are in m; goal g lies in layout `g // cfg.goals`. `lengths` (layouts * goals, CELLS,
    CELLS) is the shortest way in m from each cell to the goal, around everything; `map_lengths` the same
    around only what is on the map. `is_start` marks the cells from which the goal can be reached, about as
    the map says.
    """

    def __init__(self, pieces: Sequence[Piece], cfg: PoolCfg, seed: int, device: torch.device) -> None:
        rng = np.random.default_rng(seed)
        self.cfg = cfg
        poses, is_used = (
            np.array(part)
            for part in zip(*(draw_block(pieces, rng) for _ in range(cfg.layouts)), strict=True)
        )
        clearance, map_clearance = _clearances(pieces, poses, is_used)
        is_free, map_is_free = clearance > cfg.robot_radius, map_clearance > cfg.robot_radius
        layout_of = np.repeat(np.arange(cfg.layouts), cfg.goals)
        has_room = clearance > cfg.robot_radius + cfg.room
        cells = np.array([_choose_cell(has_room[i], rng) for i in layout_of])
        self.lengths = shortest_lengths(is_free, layout_of, cells, CELL, device)
        self.map_lengths = shortest_lengths(map_is_free, layout_of, cells, CELL, device)
        factor, margin = _DETOUR
        self.is_start = torch.as_tensor(has_room[layout_of], device=device) & (self.lengths < FAR)
        self.is_start &= self.lengths <= factor * self.map_lengths + margin
        self.goals = torch.as_tensor(cell_center(cells), dtype=torch.float32, device=device)
        self.positions, self.quats = _mocap_poses(poses, is_used, device)
        self._starts: dict[tuple[float, float], _Starts] = {}

    def draw_start(
        self, goals: torch.Tensor, distance: tuple[float, float], rand: torch.Tensor
    ) -> torch.Tensor:
        """A start for each of `goals` (k,) whose way is `distance` m long, (k, 2) in m.

        `rand` (k,) in [0, 1) decides. Where no way is that long, the longest way starts.
        """
        if distance not in self._starts:
            self._starts[distance] = _starts_of(self.lengths, self.is_start, distance)
        starts = self._starts[distance]
        count = starts.count[goals]
        cell = starts.cells[starts.first[goals] + torch.minimum((rand * count).long(), count - 1)]
        return cell_center(torch.stack((cell // CELLS, cell % CELLS), dim=-1))


@dataclass(frozen=True)
class _Starts:
    """Where ways of some length begin: goal g has `count[g]` of the `cells`, from `first[g]` on."""

    cells: torch.Tensor
    first: torch.Tensor
    count: torch.Tensor


def _starts_of(lengths: torch.Tensor, is_start: torch.Tensor, distance: tuple[float, float]) -> _Starts:
    length, can_start = lengths.flatten(1), is_start.flatten(1)
    fits = can_start & (length >= distance[0]) & (length <= distance[1])
    none = (~fits.any(1)).nonzero().flatten()
    fits[none, (length * can_start)[none].argmax(1)] = True
    count = fits.sum(1)
    return _Starts(fits.nonzero()[:, 1], count.cumsum(0) - count, count)


def cell_center(cells):
    """Middle of `cells` (..., 2) in m."""
    return (cells + 0.5) * CELL - HALF


def _clearances(
    pieces: Sequence[Piece], poses: np.ndarray, is_used: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Distance in m of every cell from all solids, and from those on the map, (layouts, CELLS, CELLS)."""
    axis = cell_center(np.arange(CELLS))
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    to_walls = HALF - np.abs(points).max(-1)
    clearance = np.repeat(to_walls[None], len(poses), axis=0)
    on_map = clearance.copy()
    for layout, piece in np.argwhere(is_used):
        distance = distance_to(pieces[piece], poses[layout, piece], points)
        np.minimum(clearance[layout], distance, out=clearance[layout])
        if pieces[piece].kind in MAPPED:
            np.minimum(on_map[layout], distance, out=on_map[layout])
    return clearance, on_map


def _choose_cell(is_free: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    cells = np.argwhere(is_free)
    return cells[rng.integers(len(cells))]


def _mocap_poses(
    poses: np.ndarray, is_used: np.ndarray, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    positions = np.concatenate((poses[..., :2], np.where(is_used, 0.0, _BELOW_FLOOR)[..., None]), axis=-1)
    zero, half = np.zeros_like(poses[..., 2]), poses[..., 2] / 2
    quats = np.stack((np.cos(half), zero, zero, np.sin(half)), axis=-1)
    return (torch.as_tensor(values, dtype=torch.float32, device=device) for values in (positions, quats))  # type: ignore[return-value]
