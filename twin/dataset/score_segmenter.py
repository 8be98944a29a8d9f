"""Scores a segmenter in bins of another style than it was trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ...assets.objects import CATALOGUE
from ...envs.render import RayTracer
from ...perception.segmenter import Segmenter
from ..bins.drop import drop


@dataclass(frozen=True, eq=False)
class BinScore:
    """One bin: intersection over union of the objects' pixels, with picture, truth and what was found."""

    iou: float
    intersection: int
    union: int
    rgb: np.ndarray
    truth: np.ndarray
    found: np.ndarray


def score_in_bins(segmenter: Segmenter, seeds: range) -> Iterator[BinScore]:
    """Bins as `gaitway bench pose` has them, in nothing like the training pictures.

    Another renderer draws them, with other lights and without noise; objects have the catalogue's colours,
    bins are dark and floors are checked. Pictures are 640 x 480 px, scored at that size.
    """
    for seed in seeds:
        rng = np.random.default_rng([seed, 11])
        scene = drop([str(name) for name in rng.choice(list(CATALOGUE), 7, replace=False)], seed)
        tilt, around = rng.uniform(0.1, 0.6), rng.uniform(0, 2 * np.pi)
        direction = [np.sin(tilt) * np.cos(around), np.sin(tilt) * np.sin(around), np.cos(tilt)]
        target = np.array([0.0, 0.0, 0.06])
        tracer = RayTracer(scene.model, 640, 480, fovy=np.radians(45))
        tracer.look_at(target + rng.uniform(0.7, 0.95) * np.array(direction), target)
        rgb, _, geoms = tracer.render_all(scene.qpos)
        truth = np.where(geoms >= 0, scene.geoms[geoms], -1) >= 0
        found = segmenter(rgb) > 0.5
        both, either = int((truth & found).sum()), int((truth | found).sum())
        yield BinScore(both / max(either, 1), both, either, rgb, truth, found)


def save_picture(path: Path, score: BinScore) -> None:
    """Write a bin with what was rightly found in green, missed in red, and wrongly found in blue."""
    tint = np.zeros_like(score.rgb)
    tint[score.truth & score.found] = (40, 220, 90)
    tint[score.truth & ~score.found] = (230, 40, 40)
    tint[~score.truth & score.found] = (60, 90, 255)
    mixed = np.where(tint.any(axis=2, keepdims=True), score.rgb // 2 + tint // 2, score.rgb)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.ascontiguousarray(mixed[..., ::-1]))
