"""Kinds of patches: functions `(cfg, difficulty, rng) -> Patch`, in the patch's own frame.

A patch is a square around the origin. Robots start on the platform in its middle and walk outwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .config import TerrainCfg

CELL = 0.025
"""Edge of a cell of the height map, m."""

_STAIR_DEPTH = 0.35  # m
_STONE = 0.45  # m, edge of a stepping stone
_BUMP_CELL = 0.15  # m, spacing of the points of a bumpy height field
_THICKNESS = 0.4  # m, of what a robot stands on


@dataclass(frozen=True)
class Box:
    """A box by its centre and edges in m, turned by `pitch` rad about Y."""

    centre: tuple[float, float, float]
    size: tuple[float, float, float]
    pitch: float = 0.0


@dataclass(frozen=True)
class Patch:
    """Boxes and, for bumps, a grid of heights; `height` is that of the surface at x, y (arrays, m)."""

    boxes: list[Box]
    height: Callable[[np.ndarray, np.ndarray], np.ndarray]
    bumps: np.ndarray | None = None


def flat(cfg: TerrainCfg, difficulty: float, rng: np.random.Generator) -> Patch:
    """The bare floor."""
    return Patch([], lambda x, y: np.zeros_like(x))


def stairs_down(cfg: TerrainCfg, difficulty: float, rng: np.random.Generator) -> Patch:
    """A stepped pyramid with the start on top; `difficulty` is the height of a step."""
    half, count = cfg.platform / 2, _stairs(cfg)
    edges = [2 * (half + _STAIR_DEPTH * i) for i in range(count)]
    tops = [difficulty * (count - i) for i in range(count)]
    boxes = [Box((0, 0, top / 2), (edge, edge, top)) for edge, top in zip(edges, tops, strict=True)]
    return Patch(boxes, lambda x, y: difficulty * (count - np.minimum(_stair(half, x, y), count)))


def stairs_up(cfg: TerrainCfg, difficulty: float, rng: np.random.Generator) -> Patch:
    """A stepped pit with the start at its bottom; `difficulty` is the height of a step."""
    half, count, outer = cfg.platform / 2, _stairs(cfg), cfg.patch / 2
    boxes = []
    for i in range(count):
        inner, top = half + _STAIR_DEPTH * i, difficulty * (i + 1)
        width = (_STAIR_DEPTH if i < count - 1 else outer - inner, top)
        reach = inner + width[0]
        for sign in (-1, 1):
            middle = sign * (inner + width[0] / 2)
            boxes.append(Box((middle, 0, top / 2), (width[0], 2 * reach, top)))
            boxes.append(Box((0, middle, top / 2), (2 * inner, width[0], top)))
    return Patch(boxes, lambda x, y: difficulty * np.minimum(_stair(half, x, y), count))


def ridge(cfg: TerrainCfg, difficulty: float, rng: np.random.Generator) -> Patch:
    """A roof that falls along +-X from the start; `difficulty` is its angle."""
    half, outer, slope = cfg.platform / 2, cfg.patch / 2, math.tan(difficulty)
    top = slope * (outer - half)
    boxes = [Box((0, 0, top - _THICKNESS / 2), (cfg.platform, cfg.patch, _THICKNESS))]
    boxes += [_ramp(sign, half, top, outer, 0.0, cfg.patch) for sign in (-1, 1)]
    return Patch(boxes, lambda x, y: top - slope * np.maximum(np.abs(x) - half, 0.0))


def valley(cfg: TerrainCfg, difficulty: float, rng: np.random.Generator) -> Patch:
    """A gutter that rises along +-X from the start; `difficulty` is its angle."""
    half, outer, slope = cfg.platform / 2, cfg.patch / 2, math.tan(difficulty)
    boxes = [_ramp(sign, half, 0.0, outer, slope * (outer - half), cfg.patch) for sign in (-1, 1)]
    return Patch(boxes, lambda x, y: slope * np.maximum(np.abs(x) - half, 0.0))


def bumps(cfg: TerrainCfg, difficulty: float, rng: np.random.Generator) -> Patch:
    """A height field of random points between 0 and `difficulty`."""
    count = round(cfg.patch / _BUMP_CELL) + 1
    grid = difficulty * rng.random((count, count))
    axis = np.linspace(-cfg.patch / 2, cfg.patch / 2, count)
    inside = np.abs(axis) <= cfg.platform / 2
    grid[np.ix_(inside, inside)] = difficulty / 2
    grid[0, 0], grid[-1, -1] = 0.0, difficulty  # MuJoCo stretches a field's data to 0..1
    return Patch([], lambda x, y: _triangulated(grid, cfg.patch, x, y), grid)


def stones(cfg: TerrainCfg, difficulty: float, rng: np.random.Generator) -> Patch:
    """Stepping stones 5 cm high; `difficulty` is the gap between them, 5 cm deep."""
    height, pitch = 0.05, _STONE + difficulty
    reach = int((cfg.patch / 2 - _STONE / 2) // pitch)
    grid = pitch * np.arange(-reach, reach + 1)
    free = cfg.platform / 2
    centres = [(x, y) for x in grid for y in grid if max(abs(x), abs(y)) > free + _STONE / 2]
    boxes = [Box((x, y, height / 2), (_STONE, _STONE, height)) for x, y in centres]
    boxes.append(Box((0, 0, height / 2), (cfg.platform, cfg.platform, height)))

    def surface(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        z = np.zeros_like(x)
        for box in boxes:
            on = np.maximum(np.abs(x - box.centre[0]), np.abs(y - box.centre[1])) <= box.size[0] / 2
            z[on] = height
        return z

    return Patch(boxes, surface)


KINDS: dict[str, Callable[[TerrainCfg, float, np.random.Generator], Patch]] = {
    kind.__name__: kind for kind in (flat, stairs_down, stairs_up, ridge, valley, bumps, stones)
}


def _stairs(cfg: TerrainCfg) -> int:
    """How many steps fit between the platform and the patch's edge."""
    return max(1, int((cfg.patch - cfg.platform) / 2 / _STAIR_DEPTH))


def _stair(half: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Number of the step at x, y: 0 on the platform, 1 on the first step."""
    return np.ceil(np.maximum(np.maximum(np.abs(x), np.abs(y)) - half, 0.0) / _STAIR_DEPTH)


def _ramp(sign: int, start: float, z_start: float, end: float, z_end: float, width: float) -> Box:
    """A tilted slab whose upper face runs from |x| = `start`, `z_start` to |x| = `end`, `z_end`."""
    run, rise = end - start, z_end - z_start
    pitch = -sign * math.atan2(rise, run)
    normal = (math.sin(pitch), math.cos(pitch))
    x = sign * (start + end) / 2 - normal[0] * _THICKNESS / 2
    z = (z_start + z_end) / 2 - normal[1] * _THICKNESS / 2
    return Box((x, 0, z), (math.hypot(run, rise), width, _THICKNESS), pitch)


def _triangulated(grid: np.ndarray, patch: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Height of MuJoCo's height field, which halves every cell along the diagonal of falling x and y."""
    cells = len(grid) - 1
    u, v = ((np.clip(a / patch + 0.5, 0.0, 1.0) * cells) for a in (x, y))
    i, j = (np.minimum(a.astype(int), cells - 1) for a in (v, u))  # rows run along y
    du, dv = u - j, v - i
    z00, z01, z10, z11 = grid[i, j], grid[i, j + 1], grid[i + 1, j], grid[i + 1, j + 1]
    lower = z00 + du * (z01 - z00) + dv * (z11 - z01)
    upper = z00 + dv * (z10 - z00) + du * (z11 - z10)
    return np.where(du >= dv, lower, upper)
