"""Make labelled pictures of warehouse objects: random scenes, lights, looks and views, with exact labels."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import tyro
from rich.console import Console

from ..twin.dataset.generate import DatasetCfg, Format, Scene, generate
from .bench.report import machine_facts, write_json


def main(
    scene: tyro.conf.Positional[Scene] = "mixed",
    out: Path = Path("dataset"),
    n: int = 1000,
    format: Format = "bop",
    seed: int = 0,
    views: int = 20,
    objects: int = 8,
    width: int = 640,
    height: int = 480,
    processes: int = 2,
    json: Path | None = None,
) -> None:
    """Make a data set; the same command, run again, goes on where it stopped.

    Args:
        scene: objects fall into a bin, onto the floor, or mixed.
        out: folder to write.
        n: pictures.
        format: layout of the files: BOP (poses, masks, depth, models), COCO (run-length masks, boxes, depth,
            semantic pictures) or YOLO (outlines).
        seed: of everything random; the same numbers give the same files, whatever the processes.
        views: pictures of each scene.
        objects: most objects in a scene.
        width: of the pictures, px.
        height: of the pictures, px.
        processes: that work side by side, each on one core.
        json: file to write the rate to, with the facts of the machine.
    """
    if processes < 1:
        raise ValueError(f"--processes is {processes}; it must be at least 1.")
    cfg, machine = DatasetCfg(scene, n, format, seed, views, objects, width, height), machine_facts()
    console, begin, before = Console(), time.perf_counter(), None
    with console.status("dropping objects ...") as status:
        for done in generate(cfg, out, processes):
            before = done if before is None else before
            rate = (done - before) / (time.perf_counter() - begin)
            status.update(f"{done} of {n} pictures, {rate:.1f} a second")
    seconds = time.perf_counter() - begin
    made = n - (before or 0)
    figures = {"pictures": made, "seconds": seconds, "pictures_per_second": made / seconds}
    write_json(json, {"dataset": asdict(cfg), "processes": processes, **figures}, machine)
    console.print(f"{out}: {n} pictures, {made} of them new, {made / seconds:.1f} a second.", highlight=False)
