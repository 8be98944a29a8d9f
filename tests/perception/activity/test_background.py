"""What is foreground: by closed form, with noise, ghosts, shadows and stains."""

from __future__ import annotations

import numpy as np
from gaitway.perception.activity.background import ColourBackground, DepthBackground

SHAPE = (40, 60)


def floor(rng: np.random.Generator, count: int = 8) -> np.ndarray:
    depth = 9.0 + rng.normal(scale=0.02, size=(count, *SHAPE))
    depth[rng.random(depth.shape) < 0.01] = 0.0
    return depth.astype(np.float32)


def rows(indices: np.ndarray) -> set[tuple[int, int]]:
    return set(zip(*map(np.ndarray.tolist, np.unravel_index(indices, SHAPE)), strict=True))


def test_what_stands_is_foreground_for_ever():
    rng = np.random.default_rng(0)
    background = DepthBackground(floor(rng))
    for _ in range(50):
        picture = floor(rng, 1)[0]
        picture[10:20, 30:40] = 8.7
        found = rows(background.foreground(picture))
        assert {(y, x) for y in range(10, 20) for x in range(30, 40)} <= found
        assert len(found) <= 102


def test_what_passes_while_it_learns_leaves_no_trace():
    rng = np.random.default_rng(1)
    pictures = floor(rng)
    for k, picture in enumerate(pictures[:6]):
        picture[10:20, 5 * k : 5 * k + 12] = 8.0  # up to three of eight pictures show it at one pixel
    background = DepthBackground(pictures)
    assert abs(background.depth - 9.0).max() < 0.06
    assert len(background.foreground(floor(rng, 1)[0])) < 3


def test_ghost_of_what_drives_off_is_gone_after_three_pictures():
    rng = np.random.default_rng(2)
    parked = floor(rng)
    parked[:, 10:20, 30:40] = 8.7
    background = DepthBackground(parked)
    assert len(background.foreground(parked[0])) < 3
    for _ in range(3):
        background.foreground(floor(rng, 1)[0])
    assert len(background.renewed) >= 95
    # It comes back and is seen.
    returned = floor(rng, 1)[0]
    returned[10:20, 30:40] = 8.7
    assert len(background.foreground(returned)) >= 100


def test_single_far_reading_is_not_believed():
    rng = np.random.default_rng(3)
    pictures = floor(rng)
    pictures[2, 5, 5] = 20.0
    background = DepthBackground(pictures)
    assert abs(background.depth[5, 5] - 9.0) < 0.06


def grey(rng: np.random.Generator, level: float = 120.0) -> np.ndarray:
    return np.clip(level + rng.normal(scale=3, size=(*SHAPE, 3)), 0, 255).astype(np.uint8)


def test_stain_is_seen_and_shadow_is_not():
    rng = np.random.default_rng(4)
    background = ColourBackground(np.stack([grey(rng) for _ in range(8)]))
    picture = grey(rng)
    picture[5:15, 5:15] = (picture[5:15, 5:15] * 0.55).astype(np.uint8)  # a shadow
    picture[25:35, 25:35] = (40, 110, 75)  # a puddle
    found = rows(background.foreground(picture))
    assert {(y, x) for y in range(25, 35) for x in range(25, 35)} <= found
    assert len(found) <= 105


def test_colour_background_leaves_out_what_stood_there():
    rng = np.random.default_rng(5)
    pictures = np.stack([grey(rng) for _ in range(8)])
    is_background = np.ones((8, *SHAPE), bool)
    pictures[:5, 10:20, 10:20] = (200, 30, 30)
    is_background[:5, 10:20, 10:20] = False
    background = ColourBackground(pictures, is_background)
    assert len(background.foreground(grey(rng))) < 5


def test_colour_background_follows_the_light():
    rng = np.random.default_rng(6)
    background = ColourBackground(np.stack([grey(rng) for _ in range(8)]))
    for level in np.linspace(120, 220, 200):
        background.learn(grey(rng, level), np.zeros(0, int))
    tinted = grey(rng, 200)
    assert len(background.foreground(tinted)) < 5
