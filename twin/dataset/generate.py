"""Scenes of a data set, made by several processes and taken up again where they stopped."""

from __future__ import annotations

import json
import math
import multiprocessing
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from ...assets.objects import CATALOGUE
from ...assets.whole_file import whole_file
from ...envs.sensors.lens import Pinhole
from ...perception.datasets.labels import LabelledPicture, LabelWriter
from ..bins.drop import drop
from ..bins.models import cad_model
from .camera_work import Photographer, random_view
from .looks import Looks, furnish, random_light

Scene = Literal["bin", "floor", "mixed"]
Format = Literal["bop", "coco", "yolo"]
_FLOOR = (0.75, 0.75, 0.1)  # m, where objects fall without a bin


@dataclass(frozen=True)
class DatasetCfg:
    """What a data set is of.

    Attributes:
        scene: objects in a bin, on the floor, or now this and now that.
        n: pictures.
        format: the files' layout.
        seed: of everything random; the same numbers give the same files.
        views: pictures of each scene.
        objects: most objects in a scene.
        width, height: of the pictures, px.
        looks: of the scenes.
    """

    scene: Scene = "mixed"
    n: int = 1000
    format: Format = "bop"
    seed: int = 0
    views: int = 20
    objects: int = 8
    width: int = 640
    height: int = 480
    looks: Looks = field(default_factory=Looks)

    def __post_init__(self) -> None:
        for name in ("n", "views", "objects", "width", "height"):
            if getattr(self, name) < 1:
                raise ValueError(f"--{name} is {getattr(self, name)}; it must be at least 1.")

    @property
    def scenes(self) -> int:
        """How many scenes there are."""
        return math.ceil(self.n / self.views)


def generate(cfg: DatasetCfg, out: Path, processes: int) -> Iterator[int]:
    """Write a data set and yield how many of its pictures there are, as that grows.

    Scenes that are there already are kept.

    Raises:
        ValueError: `out` holds something else, or a data set that was begun with other numbers.
    """
    _begin(cfg, out)
    writer = _writer(cfg, out)
    missing = [scene for scene in range(cfg.scenes) if not writer.has(scene)]
    done = cfg.n - sum(_views(cfg, scene) for scene in missing)
    yield done
    if missing:
        # Spawned, as Warp's and MuJoCo's threads do not survive a fork.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, context, initializer=_one_thread) as pool:
            with _interrupts_ignored():
                jobs = {pool.submit(write_scene, cfg, out, scene): scene for scene in missing}
            try:
                for job in as_completed(jobs):
                    job.result()
                    done += _views(cfg, jobs[job])
                    yield done
            finally:
                pool.shutdown(cancel_futures=True)
    writer.finish()


def write_scene(cfg: DatasetCfg, out: Path, scene: int) -> None:
    """Write one scene, the same whichever process does it."""
    _writer(cfg, out).write_scene(scene, pictures(cfg, scene))


def pictures(cfg: DatasetCfg, scene: int) -> Iterator[LabelledPicture]:
    """The labelled pictures of one scene."""
    rng = np.random.default_rng([cfg.seed, scene])
    count = int(rng.integers(max(1, cfg.objects // 2), cfg.objects + 1))
    names = tuple(str(name) for name in rng.choice(list(CATALOGUE), count))
    in_bin = cfg.scene == "bin" or (cfg.scene == "mixed" and rng.random() < 0.5)
    size = (float(rng.uniform(0.4, 0.7)), float(rng.uniform(0.35, 0.5)), float(rng.uniform(0.06, 0.2)))
    at_rest = drop(
        names,
        seed=int(rng.integers(2**31)),
        size=size if in_bin else _FLOOR,
        walls=in_bin,
        furnish=lambda spec: furnish(spec, names, cfg.looks, rng),
    )
    photographer = Photographer(at_rest, _random_lens(cfg, rng), random_light(rng), rng)
    for _ in range(_views(cfg, scene)):
        yield photographer.take(random_view(rng))


def _views(cfg: DatasetCfg, scene: int) -> int:
    """Pictures of a scene; the last one may have fewer."""
    return min(cfg.views, cfg.n - scene * cfg.views)


def _random_lens(cfg: DatasetCfg, rng: np.random.Generator) -> Pinhole:
    focal = cfg.height / 2 / math.tan(math.radians(rng.uniform(38, 58)) / 2)
    middle = (cfg.width - 1) / 2, (cfg.height - 1) / 2
    return Pinhole(cfg.width, cfg.height, focal, focal, *middle)


def _writer(cfg: DatasetCfg, out: Path) -> LabelWriter:
    from ...perception.datasets.bop import BopWriter
    from ...perception.datasets.coco import CocoWriter
    from ...perception.datasets.yolo import YoloWriter

    kind = {"bop": BopWriter, "coco": CocoWriter, "yolo": YoloWriter}[cfg.format]
    return kind(out, [cad_model(name) for name in CATALOGUE])


def _begin(cfg: DatasetCfg, out: Path) -> None:
    """Note in `out` what is made there, or make sure that it is the same."""
    note, now = out / "dataset.json", asdict(cfg)
    if note.is_file():
        before = json.loads(note.read_text())
        # More pictures may be asked for, but whole scenes must stay whole.
        differing = [key for key in now if key != "n" and before.get(key) != now[key]]
        if differing:
            key = differing[0]
            raise ValueError(
                f"{out} was begun with {key} {before.get(key)}, not {now[key]}; choose another folder."
            )
        if before["n"] % cfg.views and before["n"] != cfg.n:
            raise ValueError(
                f"{out} was begun with n {before['n']}, whose last scene has fewer than {cfg.views} "
                "pictures; choose another folder."
            )
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"{out} holds something else than a data set; choose another folder.")
    out.mkdir(parents=True, exist_ok=True)
    with whole_file(note) as partial:
        partial.write_text(json.dumps(now, indent=1))


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Processes begun now do not hear Ctrl-C: they finish the scene at hand, and this one ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _one_thread() -> None:
    """Each process keeps to one core."""
    import cv2

    cv2.setNumThreads(1)
