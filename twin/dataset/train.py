"""Trains the U-Net on a data set in COCO's layout, but for a part that it is scored on."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from .augment import augmented
from .network import HEIGHT, WIDTH, UNet

_BATCH = 8
_LEARNING_RATE = 2e-3


@dataclass(frozen=True)
class Step:
    """How training goes: batches so far, share of the time that is over, and the loss, a running mean."""

    batches: int
    done: float
    loss: float


@dataclass(frozen=True, eq=False)
class Examples:
    """Pictures and what they show.

    Attributes:
        pictures: (n, HEIGHT, WIDTH, 3) uint8, RGB.
        masks: (n, HEIGHT, WIDTH) uint8, 255 where there is an object, less where there partly is.
    """

    pictures: np.ndarray
    masks: np.ndarray

    def __len__(self) -> int:
        return len(self.masks)


def load(folder: Path) -> tuple[Examples, Examples]:
    """A data set, and the last tenth of its scenes apart, to be scored in and not trained on.

    Raises:
        ValueError: the folder is no data set of `gaitway dataset --format coco`, or has one scene only.
    """
    file = folder / "annotations.json"
    if not file.is_file():
        raise ValueError(f"{file} is missing; make a data set with 'gaitway dataset --format coco'.")
    images = json.loads(file.read_text())["images"]
    scenes = [Path(image["file_name"]).parent.name for image in images]
    held_out = sorted(set(scenes))[-math.ceil(len(set(scenes)) / 10) :]
    if len(held_out) == len(set(scenes)):
        raise ValueError(f"{folder} has one scene only, and one has to be held out; make more pictures.")
    parts = [
        [i for i, s in zip(images, scenes, strict=True) if (s in held_out) == out] for out in (False, True)
    ]
    training, scoring = (_examples(folder, part) for part in parts)
    return training, scoring


def _examples(folder: Path, images: list[dict[str, Any]]) -> Examples:
    pictures = np.empty((len(images), HEIGHT, WIDTH, 3), np.uint8)
    masks = np.empty((len(images), HEIGHT, WIDTH), np.uint8)
    for k, image in enumerate(images):
        picture = cv2.imread(str(folder / image["file_name"]))
        semantic = cv2.imread(str(folder / image["semantic"]), cv2.IMREAD_UNCHANGED)
        if picture is None or semantic is None:
            raise ValueError(f"{folder}: {image['file_name']} or its semantic picture cannot be read.")
        pictures[k] = cv2.resize(picture[..., ::-1], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        whole = np.where(semantic > 0, np.uint8(255), np.uint8(0))
        masks[k] = cv2.resize(whole, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return Examples(pictures, masks)


def processor_minutes() -> float:
    """Minutes that this process has computed for, all of its threads together: other work does not count."""
    return time.process_time() / 60


def train(
    network: UNet,
    examples: Examples,
    minutes: float,
    seed: int = 0,
    clock: Callable[[], float] = processor_minutes,
) -> Iterator[Step]:
    """Train for some minutes by a clock, yielding now and then."""
    rng = np.random.default_rng(seed)
    # As the pictures lie, which is faster on a CPU; torch's own stubs do not know of it.
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    optimizer = torch.optim.AdamW(network.parameters(), _LEARNING_RATE, weight_decay=1e-4)
    network.train()
    begin, batches, mean = clock(), 0, 1.0
    while (done := (clock() - begin) / minutes) < 1.0:
        for group in optimizer.param_groups:  # a short rise, then half a cosine
            group["lr"] = _LEARNING_RATE * min(1.0, done / 0.03) * 0.5 * (1 + np.cos(np.pi * done))
        inputs, targets = _batch(examples, rng)
        loss = _loss(network(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        batches += 1
        mean += 0.02 * (float(loss.detach()) - mean)
        if batches % 20 == 0:
            yield Step(batches, done, mean)


def _batch(examples: Examples, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Pictures (n, 3, HEIGHT, WIDTH) and masks (n, 1, HEIGHT, WIDTH), drawn and augmented at random."""
    chosen = rng.integers(len(examples), size=_BATCH)
    pairs = [augmented(examples.pictures[k], examples.masks[k], rng) for k in chosen]
    inputs, targets = (torch.from_numpy(np.stack(items)) for items in zip(*pairs, strict=True))
    return inputs.permute(0, 3, 1, 2), targets[:, None]


def _loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy, and one less the Dice coefficient (Milletari et al., 3DV 2016)."""
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
    found = torch.sigmoid(logits)
    overlap = 2 * (found * targets).sum(dim=(1, 2, 3)) + 1.0
    return entropy + 1 - (overlap / (found.sum(dim=(1, 2, 3)) + targets.sum(dim=(1, 2, 3)) + 1.0)).mean()


def iou_of(network: UNet, examples: Examples) -> float:
    """Intersection over union of the objects' pixels, over all pictures together; changes to evaluation."""
    network.eval()
    both = either = 0
    for first in range(0, len(examples), _BATCH):
        chosen = slice(first, first + _BATCH)
        inputs = torch.from_numpy(examples.pictures[chosen]).permute(0, 3, 1, 2) / 255
        with torch.no_grad():
            found = network(inputs)[:, 0].numpy() > 0
        truth = examples.masks[chosen] > 127
        both += int((found & truth).sum())
        either += int((found | truth).sum())
    return both / max(either, 1)
