"""The textures themselves: functions from a seed to pixels, and PNG files of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from .patterns import Field, fractal_noise, label, specks, strokes

Pixels = npt.NDArray[np.uint8]
SIZE = 512
"""Width and height of every texture, in texels."""
MEAN = 0.75
"""Mean of the grey textures, which materials tint."""

_STEP = 6


def concrete(rng: np.random.Generator) -> Field:
    """Power-floated concrete: clouds, stains, aggregate, tyre marks and a few hairline cracks."""
    field = 0.045 * fractal_noise(rng, SIZE, 1.3) + 0.05 * fractal_noise(rng, SIZE, 0.5)
    field -= 0.22 * specks(rng, SIZE, 60, (2.0, 7.0)) * specks(rng, SIZE, 900, (1.0, 3.0))
    field += 0.16 * specks(rng, SIZE, 700, (0.8, 1.8)) - 0.2 * specks(rng, SIZE, 700, (0.8, 2.2))
    field -= 0.12 * _soft(strokes(rng, SIZE, 12, (150, 500), wander=0.01), 5)
    field -= 0.3 * strokes(rng, SIZE, 4, (80, 260), wander=0.25)
    return field


def brushed_metal(rng: np.random.Generator) -> Field:
    """Brushed steel along u with scratches and dull spots."""
    field = 0.05 * fractal_noise(rng, SIZE, 0.6, (0.15, 1.0)) + 0.03 * fractal_noise(rng, SIZE, 1.2)
    field += 0.2 * strokes(rng, SIZE, 50, (20, 120)) - 0.12 * specks(rng, SIZE, 80, (1.5, 6.0))
    return field


def painted_metal(rng: np.random.Generator) -> Field:
    """Paint with scuffs, chips down to the primer and dirt."""
    field = 0.03 * fractal_noise(rng, SIZE, 1.1)
    field -= 0.25 * specks(rng, SIZE, 160, (0.8, 3.5)) + 0.15 * strokes(rng, SIZE, 60, (8, 70))
    field += 0.14 * specks(rng, SIZE, 90, (1.0, 3.0)) - 0.1 * specks(rng, SIZE, 14, (8.0, 24.0))
    return field


def wood(rng: np.random.Generator) -> Field:
    """Rough planks along u: grain, knots, nail heads and the gaps between boards."""
    field = 0.09 * fractal_noise(rng, SIZE, 0.8, (0.08, 1.0)) + 0.04 * fractal_noise(rng, SIZE, 1.0)
    field -= 0.3 * specks(rng, SIZE, 18, (4.0, 9.0)) + 0.4 * specks(rng, SIZE, 40, (1.2, 1.8))
    boards = 4
    tones = rng.normal(0.0, 0.06, boards).astype(np.float32)
    field += np.repeat(tones, SIZE // boards)[:, None]
    for top in range(0, SIZE, SIZE // boards):
        field[top : top + 6] -= 0.35
    return field


def wall_panel(rng: np.random.Generator) -> Field:
    """Ribbed sheet with joints, screws and rain streaks."""
    x = np.arange(SIZE)
    ribs = 0.05 * np.sign(np.sin(2 * np.pi * 8 * x / SIZE)).astype(np.float32)
    field = (
        ribs[None] + 0.03 * fractal_noise(rng, SIZE, 1.3) + 0.03 * fractal_noise(rng, SIZE, 0.7, (1.0, 0.1))
    )
    field[:4] -= 0.25
    field -= 0.35 * specks(rng, SIZE, 60, (1.5, 2.5)) + 0.08 * specks(rng, SIZE, 25, (8.0, 30.0))
    return field


def film(rng: np.random.Generator) -> Field:
    """Stretch film or worn plastic: wrinkles and glints."""
    field = 0.05 * fractal_noise(rng, SIZE, 1.0, (0.4, 1.0)) + 0.15 * strokes(
        rng, SIZE, 90, (30, 200), (0.3, 0.9)
    )
    return (
        field
        - 0.12 * strokes(rng, SIZE, 90, (30, 200), (2.2, 2.8))
        - 0.15 * specks(rng, SIZE, 60, (1.0, 4.0))
    )


def cartons(rng: np.random.Generator, color: tuple[float, float, float]) -> Field:
    """A wall of 4 x 4 cartons of a linear RGB colour: seams, tape, corrugation, dents and printed labels."""
    board = 1.0 + 0.05 * fractal_noise(rng, SIZE, 1.0) + 0.03 * fractal_noise(rng, SIZE, 0.4, (0.1, 1.0))
    board -= 0.18 * specks(rng, SIZE, 120, (1.0, 4.0))
    picture = board[:, :, None] * np.array(color, np.float32)
    cell = SIZE // 4
    for top in range(0, SIZE, cell):
        for left in range(0, SIZE, cell):
            _carton(rng, picture[top : top + cell, left : left + cell])
    return picture


def _carton(rng: np.random.Generator, face: Field) -> None:
    """Print on one carton's face (cell, cell, 3), in place."""
    cell = len(face)
    face *= rng.uniform(0.85, 1.08)
    face[:2] *= 0.35
    face[:, :2] *= 0.35
    tape = cell // 2 + int(rng.integers(-2, 3))
    face[:, tape - 5 : tape + 5] *= rng.uniform(0.8, 1.15)
    if rng.random() < 0.9:
        height, width = int(rng.integers(26, 44)), int(rng.integers(34, 60))
        top, left = (int(rng.integers(6, cell - side - 4)) for side in (height, width))
        face[top : top + height, left : left + width] = 0.8 * label(rng, height, width)[:, :, None]
    if rng.random() < 0.6:
        side = int(rng.integers(14, 26))
        top, left = (int(rng.integers(6, cell - side - 4)) for _ in range(2))
        ink = label(rng, side, side)[:, :, None]
        face[top : top + side, left : left + side] *= 0.35 + 0.65 * ink


def _soft(field: Field, width: int) -> Field:
    """`field` spread over `width` rows and columns."""
    for axis in (0, 1):
        field = np.maximum.reduce([np.roll(field, k, axis) for k in range(-(width // 2), width // 2 + 1)])
    return field


GREY: dict[str, Callable[[np.random.Generator], Field]] = {
    "concrete": concrete,
    "brushed_metal": brushed_metal,
    "painted_metal": painted_metal,
    "wood": wood,
    "wall_panel": wall_panel,
    "film": film,
}
CARTON_COLORS = {
    "cartons": (0.62, 0.45, 0.28),
    "cartons_light": (0.72, 0.55, 0.37),
    "cartons_dark": (0.50, 0.35, 0.21),
    "cartons_white": (0.78, 0.77, 0.73),
}


def pixels(name: str, seed: int = 0) -> Pixels:
    """Texture `name`: (SIZE, SIZE) grey of mean MEAN, or (SIZE, SIZE, 3) with its colour.

    Raises:
        ValueError: there is no such texture.
    """
    rng = np.random.default_rng([seed, [*GREY, *CARTON_COLORS].index(name)])
    if name in GREY:
        field = GREY[name](rng)
        field = MEAN + field - field.mean()
    else:
        field = cartons(rng, CARTON_COLORS[name])
    # In steps that no camera tells apart, which halves the files.
    return _STEP * np.rint(np.clip(field, 0.0, 1.0) * (255 / _STEP)).astype(np.uint8)


@cache
def png(name: str, seed: int = 0) -> bytes:
    """Texture `name` as a PNG file; equal arguments give equal bytes."""
    file = io.BytesIO()
    Image.fromarray(pixels(name, seed)).save(file, "PNG", compress_level=6)
    return file.getvalue()
