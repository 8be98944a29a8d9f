"""Trains the U-Net on a data set in COCO's layout, and scores it in bins of another style."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from ...assets.objects import CATALOGUE
from ...envs.render import RayTracer
from ...perception.segmenter import Segmenter
from ..bins.drop import drop
from .network import HEIGHT, WIDTH, UNet

_BATCH = 16
_LEARNING_RATE = 3e-3


@dataclass(frozen=True)
class Step:
    """How training goes: batches so far, share of the time that is over, and the loss, a running mean."""

    batches: int
    done: float
    loss: float


def load(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, HEIGHT, WIDTH, 3) and masks (n, HEIGHT, WIDTH) uint8, 0 or 1, of a data set.

    Raises:
        ValueError: the folder is no data set of `gaitway dataset --format coco`.
    """
    file = folder / "annotations.json"
    if not file.is_file():
        raise ValueError(f"{file} is missing; make a data set with 'gaitway dataset --format coco'.")
    images = json.loads(file.read_text())["images"]
    pictures = np.empty((len(images), HEIGHT, WIDTH, 3), np.uint8)
    masks = np.empty((len(images), HEIGHT, WIDTH), np.uint8)
    for k, image in enumerate(images):
        picture = cv2.imread(str(folder / image["file_name"]))
        semantic = cv2.imread(str(folder / image["semantic"]), cv2.IMREAD_UNCHANGED)
        if picture is None or semantic is None:
            raise ValueError(f"{folder}: {image['file_name']} or its semantic picture cannot be read.")
        pictures[k] = cv2.resize(picture[..., ::-1], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        shares = cv2.resize((semantic > 0).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        masks[k] = shares > 0.5
    return pictures, masks


def train(
    network: UNet,
    pictures: np.ndarray,
    masks: np.ndarray,
    minutes: float,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Step]:
    """Train for some minutes by a clock in s, yielding now and then."""
    rng = np.random.default_rng(seed)
    # As the pictures lie, which is faster on a CPU; torch's own stubs do not know of it.
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    optimizer = torch.optim.AdamW(network.parameters(), _LEARNING_RATE, weight_decay=1e-4)
    network.train()
    begin, batches, mean = clock(), 0, 1.0
    while (done := (clock() - begin) / (60 * minutes)) < 1.0:
        for group in optimizer.param_groups:  # a short rise, then half a cosine
            group["lr"] = _LEARNING_RATE * min(1.0, done / 0.03) * 0.5 * (1 + np.cos(np.pi * done))
        chosen = rng.integers(len(pictures), size=_BATCH)
        inputs, targets = _augmented(pictures[chosen], masks[chosen], rng)
        loss = _loss(network(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        batches += 1
        mean += 0.02 * (float(loss.detach()) - mean)
        if batches % 20 == 0:
            yield Step(batches, done, mean)


def _loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy, and one less the Dice coefficient (Milletari et al., 3DV 2016)."""
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
    found = torch.sigmoid(logits)
    overlap = 2 * (found * targets).sum(dim=(1, 2, 3)) + 1.0
    return entropy + 1 - (overlap / (found.sum(dim=(1, 2, 3)) + targets.sum(dim=(1, 2, 3)) + 1.0)).mean()


def _augmented(pictures: np.ndarray, masks: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Pictures turned, scaled, shifted and mirrored, in other light and colours."""
    inputs = np.empty((len(pictures), HEIGHT, WIDTH, 3), np.float32)
    targets = np.empty((len(pictures), HEIGHT, WIDTH), np.float32)
    for k in range(len(pictures)):
        scale, turn = rng.uniform(0.8, 1.6), rng.uniform(-180, 180) if rng.random() < 0.5 else 0.0
        matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), turn, scale)
        matrix[:, 2] += rng.uniform(-0.15, 0.15, 2) * [WIDTH, HEIGHT]
        if rng.random() < 0.5:
            matrix[0] = [-1, 0, WIDTH - 1] @ np.vstack([matrix, [0, 0, 1]])[[0, 1, 2]]
        for source, target in ((pictures[k], inputs), (masks[k], targets)):
            target[k] = cv2.warpAffine(source, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT_101)
    inputs *= rng.uniform(0.6, 1.3, (len(pictures), 1, 1, 1)).astype(np.float32) / 255
    inputs *= rng.uniform(0.85, 1.15, (len(pictures), 1, 1, 3)).astype(np.float32)
    return (
        torch.from_numpy(np.clip(inputs, 0, 1)).permute(0, 3, 1, 2),
        torch.from_numpy(targets)[:, None],
    )


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
