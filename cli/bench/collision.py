"""`gaitway bench collision`: how many configurations a second are told free or not, beside peers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from ...planning.collision.body import CollisionBody
    from ...planning.collision.world import World

_SLICE = 0.05  # configurations for slower solvers, as a part of all


@dataclass
class Collision:
    """Check random configurations of a chain of 7 joints with 50 spheres against 20 oriented boxes.

    Attributes:
        configurations: how many.
        repeats: how often each is timed, in turns; the fastest counts.
        seed: of boxes and configurations.
        json: file to write the figures to, with the facts of the machine.
    """

    configurations: int = 200_000
    repeats: int = 5
    seed: int = 0
    json: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        from ...envs.warp_setup import start_warp
        from ...planning.collision.free_numba import is_free
        from . import collision_case as case

        if self.configurations < 1000 or self.repeats < 1:
            raise ValueError(
                f"--configurations {self.configurations} --repeats {self.repeats}: take 1000 and 1 at least."
            )
        start_warp()
        machine = machine_facts()
        body, world = case.chain(), case.boxes(self.seed)
        q = case.configurations(body, self.configurations, self.seed)
        few = q[: max(1000, int(_SLICE * len(q)))]
        solvers = self._solvers(body, world, q, few)
        rates = _in_turns({name: timed for name, (timed, _) in solvers.items()}, self.repeats)
        free = is_free(body, world, few)
        for name, (_, answer) in solvers.items():
            if answer is not None:
                rates[name]["same_answer"] = float((answer() == free).mean())
        ours = rates["gaitway, one thread"]["per_cpu_s"]
        for row in rates.values():
            row["gaitway_is_faster_by"] = ours / row["per_cpu_s"]
        updates = _updates(self.seed)
        _print(
            f"7 joints, 50 spheres, {case.BOXES} boxes, {free.mean():.0%} free, {on_machine(machine)}", rates
        )
        print("a new world, ready for checks: " + ", ".join(f"{k} {v:.2f} ms" for k, v in updates.items()))
        result = {"configurations": len(q), "free": float(free.mean()), "seed": self.seed}
        write_json(self.json, {**result, "solvers": rates, "update_ms": updates}, machine)

    def _solvers(
        self, body: CollisionBody, world: World, q: np.ndarray, few: np.ndarray
    ) -> dict[str, tuple[Callable[[], int], Callable[[], np.ndarray] | None]]:
        """What is timed, and returns how many configurations it saw; and the answers to be compared."""
        from ...planning.collision.distance_numba import distances
        from ...planning.collision.distance_warp import WarpCollision
        from ...planning.collision.free_numba import configurations_free, is_free
        from ...planning.kinematics.lanes import frame_arrays
        from .collision_peer import MuJoCoCheck

        arrays = frame_arrays(body.group), body.arrays, world.arrays_single
        out, warp, peer = np.empty(len(q), bool), WarpCollision(body, world, "cpu"), MuJoCoCheck(body, world)

        def one_thread() -> int:
            configurations_free(q, *arrays, 0.0, out)
            return len(q)

        return {
            "gaitway, one thread": (one_thread, lambda: out[: len(few)]),
            "gaitway, all threads": (lambda: len(is_free(body, world, q)), None),
            "gaitway, distances": (lambda: len(distances(body, world, few).distance), None),
            "gaitway's Warp kernels, CPU": (
                lambda: len(warp.is_free(few).numpy()),
                lambda: warp.is_free(few).numpy(),
            ),
            "MuJoCo": (lambda: len(peer.is_free(few)), lambda: peer.is_free(few)),
        }


def _in_turns(solvers: dict[str, Callable[[], int]], repeats: int) -> dict[str, dict[str, float]]:
    """The best rates of each, timed one after the other and again, so that load meets all alike."""
    best: dict[str, dict[str, float]] = {name: {"per_s": 0.0, "per_cpu_s": 0.0} for name in solvers}
    for timed in solvers.values():
        timed()  # compiles
    for _ in range(repeats):
        for name, timed in solvers.items():
            wall, processor = time.perf_counter(), time.process_time()
            count = timed()
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
            best[name]["per_s"] = max(best[name]["per_s"], count / wall)
            best[name]["per_cpu_s"] = max(best[name]["per_cpu_s"], count / processor)
    return best


def _updates(seed: int) -> dict[str, float]:
    """Median ms of CPU time from changed obstacles to arrays that checks take."""
    from ...planning.collision.obstacles import Box, DistanceGrid
    from ...planning.collision.world import World

    rng = np.random.default_rng(seed)
    boxes = {f"box {n}": Box(rng.uniform(-1, 1, 3), (0.1, 0.2, 0.3)) for n in range(100)}
    world = World(boxes)
    values = rng.uniform(0, 1, (128, 128, 64)).astype(np.float32)

    def one_moved() -> World:
        return world.with_changes({"box 7": Box(rng.uniform(-1, 1, 3), (0.1, 0.2, 0.3))})

    def all_moved() -> World:
        return world.with_changes({name: Box(rng.uniform(-1, 1, 3), (0.1, 0.2, 0.3)) for name in boxes})

    def new_grid() -> World:
        return world.with_changes({"map": DistanceGrid((-1, -1, 0), 0.02, values)})

    changes = {
        "1 of 100 boxes moved": one_moved,
        "100 boxes moved": all_moved,
        "a grid of 1 M nodes": new_grid,
    }
    times = {}
    for name, change in changes.items():
        taken = []
        for _ in range(20):
            start = time.process_time()
            _ = change().arrays_single
            taken.append(1000 * (time.process_time() - start))
        times[name] = float(np.median(taken))
    return times


def _print(title: str, rates: dict[str, dict[str, Any]]) -> None:
    rows = [
        (
            name,
            f"{row['per_s']:,.0f}",
            f"{row['per_cpu_s']:,.0f}",
            f"{row['gaitway_is_faster_by']:.1f}",
            f"{row['same_answer']:.3%}" if "same_answer" in row else "",
        )
        for name, row in rates.items()
    ]
    print_table(title, ("", "a second", "a CPU second", "gaitway is faster by", "same answer"), rows)
