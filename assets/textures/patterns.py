"""What textures are made of: tileable noise, specks, strokes and printed labels, arrays around 0."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.floating]


def fractal_noise(
    rng: np.random.Generator, size: int, exponent: float, stretch: tuple[float, float] = (1.0, 1.0)
) -> Field:
    """Tileable noise (size, size) of standard deviation 1 whose amplitude falls as frequency^-exponent.

    `stretch` lengthens its grains along rows (y) and columns (x).
    """
    fy = np.fft.fftfreq(size)[:, None] * size * stretch[0]
    fx = np.fft.rfftfreq(size)[None] * size * stretch[1]
    frequency = np.hypot(fy, fx)
    frequency[0, 0] = 1.0
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) * frequency**-exponent
    spectrum[0, 0] = 0.0
    field = np.fft.irfft2(spectrum, (size, size))
    return (field / field.std()).astype(np.float32)


def specks(rng: np.random.Generator, size: int, count: int, radii: tuple[float, float]) -> Field:
    """Soft round spots (size, size) of height 0 to 1 and random radius in texels, tileable."""
    field = np.zeros((size, size), np.float32)
    for x, y, radius, height in zip(
        rng.random(count) * size,
        rng.random(count) * size,
        rng.uniform(*radii, count),
        rng.uniform(0.3, 1.0, count),
        strict=True,
    ):
        reach = int(np.ceil(2 * radius))
        rows = np.arange(int(y) - reach, int(y) + reach + 1)
        columns = np.arange(int(x) - reach, int(x) + reach + 1)
        spot = height * np.exp(-((rows[:, None] - y) ** 2 + (columns - x) ** 2) / (2 * radius**2 / 2))
        window = np.ix_(rows % size, columns % size)
        field[window] = np.maximum(field[window], spot.astype(np.float32))
    return field


def strokes(
    rng: np.random.Generator,
    size: int,
    count: int,
    length: tuple[float, float],
    angle: tuple[float, float] = (0.0, np.pi),
    wander: float = 0.0,
) -> Field:
    """Thin lines (size, size) of height 0 to 1, tileable; scratches, or cracks if they `wander` (rad)."""
    field = np.zeros((size, size), np.float32)
    for _ in range(count):
        steps = int(rng.uniform(*length))
        heading = rng.uniform(*angle) + np.cumsum(rng.normal(0.0, wander, steps))
        x = rng.random() * size + np.cumsum(np.cos(heading))
        y = rng.random() * size + np.cumsum(np.sin(heading))
        height = rng.uniform(0.3, 1.0)
        np.maximum.at(field, (y.astype(int) % size, x.astype(int) % size), np.float32(height))
    return field


def label(rng: np.random.Generator, height: int, width: int) -> Field:
    """A printed label (height, width), 0 ink to 1 paper: a frame, lines of text, a bar code, a bold sign."""
    paper = np.ones((height, width), np.float32)
    paper[[0, -1]] = paper[:, [0, -1]] = 0.3
    text_end = int(0.55 * height)
    for top in range(3, text_end - 3, 5):
        _print_line(rng, paper[top : top + 3, 4 : int(0.62 * width)])
    bars = np.repeat(rng.random(width) < 0.5, rng.integers(1, 4, width))[: width - 8]
    paper[text_end : height - 4, 4 : width - 4][:, bars] = 0.08
    sign = rng.random((3, 3)) < 0.55
    cell = max((text_end - 6) // 3, 1)
    big = np.kron(sign, np.ones((cell, cell), bool))[: text_end - 4, : int(0.33 * width)]
    paper[3 : 3 + big.shape[0], width - 4 - big.shape[1] : width - 4][big] = 0.1
    return paper


def _print_line(rng: np.random.Generator, line: Field) -> None:
    """Fill a line with glyphs of 3 x 2 random dots, in words."""
    end = int(line.shape[1] * rng.uniform(0.4, 1.0))
    for left in range(0, end - 2, 3):
        if rng.random() > 0.18:
            line[:, left : left + 2][rng.random((line.shape[0], 2)) < 0.7] = 0.12
