"""Train a network that marks the objects in pictures of `gaitway dataset`, and score it in another style."""

from __future__ import annotations

import json as json_format
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.console import Console

from .bench.report import machine_facts, write_json

_CORES = 2


def main(
    data: Path | None = None,
    out: Path = Path("segmenter.onnx"),
    minutes: float = 15.0,
    bins: int = 40,
    seed: int = 0,
    json: Path | None = None,
    pictures: Path | None = None,
) -> None:
    """Train on a data set and write an ONNX file; or, without --data, score the one that is shipped.

    Args:
        data: folder of `gaitway dataset --format coco`.
        out: ONNX file to write, with a card of the same name that ends in .json.
        minutes: of training on two free cores: it ends when the process has computed twice as long, all
            threads together, however long that takes beside other work.
        bins: to score in, of a style that the data set does not have.
        seed: of the first weights and the order of pictures.
        json: file to write the figures to, with the facts of the machine.
        pictures: folder for a picture of each bin, with what was found and what was missed.
    """
    from ..perception.segmenter import SHIPPED, Segmenter
    from ..twin.dataset.score_segmenter import save_picture, score_in_bins

    if bins < 1 or minutes <= 0:
        raise ValueError(f"--bins {bins} and --minutes {minutes:g} must be positive.")
    if out.suffix != ".onnx":
        raise ValueError(f"--out is {out}; give a name that ends in .onnx.")
    machine, console = machine_facts(), Console(highlight=False)
    if data:
        _train(console, data, out, minutes, seed)
    path = out if data else SHIPPED
    segmenter, scores = Segmenter(path), []
    for score in score_in_bins(segmenter, range(5000, 5000 + bins)):
        scores.append(score)
        if pictures:
            save_picture(pictures / f"bin_{len(scores):03d}.png", score)
    ious = [score.iou for score in scores]
    figures = {
        "iou_of_all_pixels": sum(score.intersection for score in scores)
        / sum(score.union for score in scores),
        "iou_median": float(np.median(ious)),
        "iou_least": min(ious),
        "bins": bins,
    }
    console.print(
        f"{path}: IoU {figures['iou_of_all_pixels']:.3f} over the pixels of {bins} bins, "
        f"{figures['iou_median']:.3f} in the median bin, {figures['iou_least']:.3f} in the worst."
    )
    write_json(
        json, {"network": asdict(segmenter.card) if segmenter.card else {}, "scores": figures}, machine
    )


def _train(console: Console, data: Path, out: Path, minutes: float, seed: int) -> None:
    """Train, score on the pictures held out, and export."""
    from ..twin.dataset.network import UNet, export
    from ..twin.dataset.train import iou_of, load, train

    training, held_out = load(data)
    network, batches, begin = UNet(seed), 0, time.process_time()
    with console.status("training ...") as status:
        for step in train(network, training, _CORES * minutes, seed):
            batches = step.batches
            status.update(f"{100 * step.done:.0f} %, {step.batches} batches, loss {step.loss:.3f}")
    iou = iou_of(network, held_out)
    console.print(f"IoU {iou:.3f} over {len(held_out)} pictures held out.")
    facts = {
        "data": json_format.loads((data / "dataset.json").read_text()),
        "processor_minutes": round((time.process_time() - begin) / 60, 1),
        "batches": batches,
        "pictures": len(training),
        "iou_held_out": round(iou, 3),
    }
    export(network, out, f"gaitway segmenter --data DIR --minutes {minutes:g} --seed {seed}", facts)
