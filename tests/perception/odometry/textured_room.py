"""A room of textured walls and cartons with walking workers, ray-cast plane by plane: its truth is exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from gaitway.perception.camera import Camera
from gaitway.perception.poses import Array, inverse

TEXEL = 0.01  # m
NEAR = 0.05  # m


@dataclass(frozen=True)
class Panel:
    """A textured rectangle: `corner` + a * `along` + b * `up` for a, b in [0, 1]; seen from both sides."""

    corner: Array
    along: Array
    up: Array
    texture: np.ndarray


def texture(rng: np.random.Generator, width_m: float, height_m: float) -> np.ndarray:
    """Blotches of several sizes and some rectangles with sharp corners, as labels on cartons."""
    width, height = int(width_m / TEXEL), int(height_m / TEXEL)
    grey = np.full((height, width), 120, np.float32)
    for size, contrast in ((60, 25), (20, 25), (7, 30)):
        coarse = rng.normal(0, contrast, (height // size + 2, width // size + 2)).astype(np.float32)
        grey += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(int(6 * width_m * height_m)):
        x, y, w, h = rng.integers(0, width), rng.integers(0, height), *rng.integers(8, 40, 2)
        grey[y : y + h, x : x + w] = rng.uniform(20, 235)
    return cv2.GaussianBlur(np.clip(grey, 5, 250), (0, 0), 1.0).astype(np.uint8)


def box(rng: np.random.Generator, low: Sequence[float], high: Sequence[float], sides: str) -> list[Panel]:
    """The named sides of a box: w, e, s, n, b(ottom), t(op)."""
    low_, size = np.asarray(low, float), np.subtract(high, low)
    x, y, z = np.diag(size)
    planes = {
        "w": (low_, y, z), "e": (low_ + x, y, z), "s": (low_, x, z),
        "n": (low_ + y, x, z), "b": (low_, x, y), "t": (low_ + z, x, y),
    }  # fmt: skip
    return [
        Panel(corner, along, up, texture(rng, np.linalg.norm(along), np.linalg.norm(up)))  # pyright: ignore
        for corner, along, up in (planes[side] for side in sides)
    ]


class Room:
    """10 x 8 x 3 m with three stacks of cartons, and workers that walk to and fro if asked for."""

    def __init__(self, seed: int = 0, workers: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self._walls = box(rng, (0, 0, 0), (10, 8, 3), "wesnbt")
        stacks = [
            ((4.2, 3.2, 0), (5.8, 4.6, 1.6)),
            ((0.2, 0.2, 0), (1.2, 1.4, 1.2)),
            ((8.6, 6.4, 0), (9.6, 7.8, 2)),
        ]
        self._stacks = [box(rng, low, high, "wesnt") for low, high in stacks]
        self._clothes = [texture(rng, 0.6, 1.7) for _ in range(workers)]

    def _worker(self, k: int, time: float) -> list[Panel]:
        """A crossing pair of panels, at walking speed."""
        sway = (0.25 * time + 0.37 * k) % 2
        x = 2.5 + 5.0 * (sway if sway < 1 else 2 - sway)
        middle, up = np.array([x, 1.2 + 2.0 * (k % 3), 0.0]), np.array([0.0, 0.0, 1.7])
        across, deep = np.array([0.0, 0.6, 0.0]), np.array([0.6, 0.0, 0.0])
        return [Panel(middle - side / 2, side, up, self._clothes[k]) for side in (across, deep)]

    def render(
        self, camera: Camera, world_from_camera: Array, time: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Grey picture (uint8) and depth (float32, m); far things first, so that near ones cover them."""
        solids = [*self._stacks, *(self._worker(k, time) for k in range(len(self._clothes)))]
        eye = world_from_camera[:3, 3]
        solids.sort(key=lambda panels: -np.linalg.norm(np.mean([_middle(p) for p in panels], axis=0) - eye))
        grey = np.zeros((camera.height, camera.width), np.uint8)
        depth = np.full((camera.height, camera.width), np.inf, np.float32)
        for panel in [*self._walls, *(panel for solid in solids for panel in solid)]:
            _draw(grey, depth, panel, camera, world_from_camera)
        return grey, depth


def _middle(panel: Panel) -> Array:
    return panel.corner + (panel.along + panel.up) / 2


def _draw(grey: np.ndarray, depth: np.ndarray, panel: Panel, camera: Camera, pose: Array) -> None:
    """Where the panel is nearer than what was drawn before, its colour and depth replace that."""
    turn = inverse(pose)[:3, :3]
    corner = turn @ (panel.corner - pose[:3, 3])
    sides = np.stack([turn @ panel.along, turn @ panel.up])
    window = _window(corner + np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) @ sides, camera)
    if window is None:
        return
    left, top, right, bottom = window
    rows, columns = panel.texture.shape
    axes = np.column_stack([sides[0] / columns, sides[1] / rows, corner])
    shifted = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]])
    texels = np.linalg.inv(shifted @ camera.matrix @ axes).astype(
        np.float32
    )  # pixel -> (column, row, 1) / depth
    u = np.arange(right - left, dtype=np.float32)
    v = np.arange(bottom - top, dtype=np.float32)[:, None]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        away = 1 / (texels[2, 0] * u + (texels[2, 1] * v + texels[2, 2]))
        column = (texels[0, 0] * u + (texels[0, 1] * v + texels[0, 2])) * away
        row = (texels[1, 0] * u + (texels[1, 1] * v + texels[1, 2])) * away
    before = depth[top:bottom, left:right]
    seen = (away > NEAR) & (away < before) & (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    colour = cv2.remap(
        panel.texture, column - 0.5, row - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    grey[top:bottom, left:right][seen] = colour[seen]
    before[seen] = away[seen]


def _window(corners: Array, camera: Camera) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom in px of what a polygon before the near plane covers; None if nothing."""
    kept = []
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if a[2] >= NEAR:
            kept.append(a)
        if (a[2] >= NEAR) != (b[2] >= NEAR):
            kept.append(a + (NEAR - a[2]) / (b[2] - a[2]) * (b - a))
    if not kept:
        return None
    pixels = camera.project(np.array(kept))
    left, top = np.clip(np.floor(pixels.min(axis=0)), 0, (camera.width, camera.height)).astype(int)
    right, bottom = np.clip(np.ceil(pixels.max(axis=0)) + 1, 0, (camera.width, camera.height)).astype(int)
    return (left, top, right, bottom) if left < right and top < bottom else None
