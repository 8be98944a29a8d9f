"""The demo's stages, one after the other; after each the page is written anew."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from rich.console import Console

from ...assets.warehouse.layout import WarehouseCfg, plan
from ...deploy_jetson.policy import Policy
from ...policies.curve import plot_curve
from ...policies.export import export_bundle
from ...policies.run_dir import last_checkpoint
from ...policies.run_log import read_log
from ...policies.score import score_policy
from ...policies.train import Interrupted, TrainCfg, train
from .. import scene
from .film import film
from .growth import attempts, choose_checkpoints, draw_strip
from .page import is_demo_folder, verdict, write_page
from .plots import plot_paths, plot_timing, plot_velocities
from .route import FloorMap, two_lanes
from .shift import make_shift
from .story import STAGES, Parity, Story
from .walk import Errand, walk

TASK = "Gaitway/DroidVelocityFlat-v0"
EPISODES = 256
CURVE_EVERY_S = 30.0
FILM_BUDGET_S = 220.0
_MADE_ANEW = ("run", "bundle", "walk", "shift")


class Demo:
    """One run of the demo.

    Args:
        minutes: of training.
        out: folder of the page; files of an earlier demo in it are replaced.
        shipped: the bundle that walks beside the fresh one.
        realtime: walk at 50 Hz by the clock; False walks as fast as it goes.

    Raises:
        ValueError: `out` holds something else, or the shipped bundle is damaged.
    """

    def __init__(self, minutes: float, out: Path, shipped: Path, realtime: bool = True) -> None:
        reference = Policy.load(shipped).report
        _make_room(out)
        self.story = Story(minutes, out)
        self.out, self.realtime = out, realtime
        here = Path.cwd()
        self.shipped = shipped.relative_to(here) if shipped.is_relative_to(here) else shipped
        self.run_dir, self.bundle, self.scene = out / "run", out / "bundle", out / "warehouse.usda"
        self.warehouse = WarehouseCfg()
        self.layout = plan(self.warehouse, np.random.default_rng(self.warehouse.seed))
        self._console = Console(highlight=False)
        self.story.parity.append(
            Parity(
                "shipped bundle, replayed here",
                reference.ticks,
                reference.observation_error,
                reference.action_error,
            )
        )

    def run(self) -> int:
        """Run every stage; the page tells how far it came, whatever happens. Returns the exit status."""
        work = {
            "scene": self._scene,
            "train": self._train,
            "export": self._export,
            "score": self._score,
            "walk": self._walk,
            "film": self._film,
            "growth": self._growth,
            "shift": self._shift,
        }
        try:
            for number, (name, title) in enumerate(STAGES.items(), start=1):
                self._console.rule(f"{number}/{len(STAGES)} {title}", align="left")
                with self.story.stage(name):
                    write_page(self.story)
                    work[name]()
        except (Interrupted, KeyboardInterrupt) as stop:
            self.story.problem = "Interrupted."
            if isinstance(stop, Interrupted):
                self.story.problem += f" To go on training: gaitway train {TASK} --resume {self.run_dir}"
            print(f"\n{self.story.problem}\n{write_page(self.story)}")
            return 130
        except Exception as error:
            self.story.problem = f"Stopped by an error: {error}"
            write_page(self.story)
            raise
        print(write_page(self.story), *verdict(self.story))
        return 0

    def _scene(self) -> None:
        self.story.commands["scene"] = f"gaitway scene warehouse --out {self.scene} --render {self.out}"
        scene.main("warehouse", out=self.scene, render=self.out)
        sites = json.loads((self.out / "sites.json").read_text())
        self.story.scene = {
            "floor": f"{sites['floor']['length']:.1f} m × {sites['floor']['width']:.1f} m",
            "storage": f"{len(self.layout.aisle_x)} aisles, "
            f"{self.layout.pallet_positions:,} pallet positions",
            "docks and stations": f"{len(sites['docks'])} docks, {len(sites['stations'])} stations",
            "ceiling cameras": f"{len(sites['cameras'])}, which see "
            f"{sites['camera_model']['floor_coverage']:.1%} of the free floor",
            "size on disk": f"{sum(p.stat().st_size for p in self.out.glob('*.usd*')) / 1e6:.1f} MB",
        }

    def _train(self) -> None:
        cfg = TrainCfg(TASK, self.story.minutes)
        self.story.commands["train"] = f"{cfg.command} --out {self.run_dir}"
        with self._live_curve():
            train(cfg, run_dir=self.run_dir)
        rows = read_log(self.run_dir)
        self.story.training = {
            "iterations": f"{rows[-1]['iteration']:,}",
            "samples": f"{rows[-1]['samples']:,}",
            "speed": f"{rows[-1]['samples'] / rows[-1]['seconds']:,.0f} samples/s",
        }

    @contextmanager
    def _live_curve(self) -> Iterator[None]:
        """Draw the curve every `CURVE_EVERY_S` s while the block runs, and once at its end."""
        over = threading.Event()

        def draw() -> None:
            with suppress(ValueError):  # no episode has finished yet
                plot_curve({TASK: self.run_dir}, self.out / "curve.png")
                write_page(self.story)

        def redraw() -> None:
            while not over.wait(CURVE_EVERY_S):
                draw()

        thread = threading.Thread(target=redraw, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            draw()

    def _export(self) -> None:
        self.story.commands["export"] = f"gaitway export {self.run_dir} --out {self.bundle}"
        self.story.commands["check"] = f"gaitway-edge check {self.bundle}"
        report = export_bundle(last_checkpoint(self.run_dir), self.bundle)
        row = "fresh bundle, recorded steps at export", report.ticks
        self.story.parity.insert(0, Parity(*row, report.observation_error, report.action_error))
        checked = subprocess.run(
            [sys.executable, "-m", "gaitway.deploy_jetson.main", "check", str(self.bundle)],
            capture_output=True,
            text=True,
        )
        self.story.edge_check = checked.stdout + checked.stderr
        print(self.story.edge_check, end="")

    def _score(self) -> None:
        for name, bundle in (("fresh", self.bundle), ("shipped", self.shipped)):
            command = f"gaitway eval {TASK} --policy {bundle} --episodes {EPISODES}"
            self.story.commands[f"score {name}"] = command
            result = score_policy(TASK, bundle, EPISODES, seed=0)
            result.write(self.out / f"score_{name}.json")
            result.print_table()
            self.story.scores[name] = result
            write_page(self.story)

    def _walk(self) -> None:
        floor = FloorMap.load(self.out / "map.pgm", self.layout)
        lanes = dict(zip(("fresh", "shipped"), two_lanes(self.layout, floor), strict=True))
        bundles = {"fresh": self.bundle, "shipped": self.shipped}
        errands = {
            name: Errand(bundles[name], route, self.scene, self.out / "walk" / name)
            for name, route in lanes.items()
        }
        for name, errand in errands.items():
            self.story.commands[f"walk {name}"] = " ".join(["gaitway-edge", *errand.command(self.realtime)])
        walks = walk(errands, self.realtime)
        plot_velocities(walks, self.out / "velocity.png")
        plot_paths(floor, walks, self.out / "path.png")
        plot_timing(walks, self.out / "timing.png")
        self.story.walks = walks
        for errand in errands.values():
            print((errand.folder / "output.txt").read_text(), end="")

    def _film(self) -> None:
        floor = FloorMap.load(self.out / "map.pgm", self.layout)
        film(self.scene, floor, self.story.walks, self.out / "walk.mp4", FILM_BUDGET_S)
        self.story.film = self.out / "walk.mp4"

    def _growth(self) -> None:
        found = attempts(choose_checkpoints(self.run_dir))
        draw_strip(found, self.out / "growth.png")
        self.story.growth = found

    def _shift(self) -> None:
        self.story.commands["shift"] = f"gaitway twin ask {self.out / 'shift'} 'what blocked the aisle?'"
        self.story.shift = make_shift(self.out / "shift")


def _make_room(out: Path) -> None:
    """Make the folder, or empty it of what an earlier demo must not leave to this one."""
    if out.exists() and not (out.is_dir() and (is_demo_folder(out) or not any(out.iterdir()))):
        raise ValueError(f"{out}: is not empty and holds no earlier demo; choose another folder for --out.")
    for name in _MADE_ANEW:
        shutil.rmtree(out / name, ignore_errors=True)
    for picture in out.glob("*.png"):
        picture.unlink()
    out.mkdir(parents=True, exist_ok=True)
