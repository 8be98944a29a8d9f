"""How speed and memory grow with the number of worlds and threads."""

from __future__ import annotations

import multiprocessing
import os
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch

from ..config import EnvCfg
from ..model import compile_model
from ..registration import load_cfg
from ..threaded_world import ThreadedWorld
from ..vector_env import GaitwayVectorEnv
from .robot import robot_steps
from .turns import rates_in_turns

_ROUNDS = 3
_STEPS_BEFORE_WEIGHING = 25  # by then robots lie on the floor, with all the contacts they will have
_ACTION_NOISE = 0.3


@dataclass
class Point:
    """Env steps per second of all worlds together, the best of a few rounds."""

    worlds: int
    threads: int
    physics: float
    env: float


def measure_growth(
    cfg: EnvCfg, worlds: list[int], threads: list[int], seconds: float, report: Callable[[Point], None]
) -> list[Point]:
    """Measure every combination for about `seconds` s; `report` is told of each point.

    Raises:
        ValueError: a number of worlds is < 1, or `seconds` <= 0.
    """
    points = []
    for count in worlds:
        contestants = {}
        for number in threads:
            world = ThreadedWorld(compile_model(cfg), count, number)
            contestants[f"physics {number}"] = robot_steps(world, cfg)
            contestants[f"env {number}"] = _env_steps(cfg, count, number)
        rates = rates_in_turns(contestants, seconds, _ROUNDS)
        for number in threads:
            points.append(Point(count, number, max(rates[f"physics {number}"]), max(rates[f"env {number}"])))
            report(points[-1])
    return points


def measure_memory(task: str, worlds: list[int]) -> dict[int, int]:
    """Peak resident bytes of a process that steps the env with so many worlds, libraries included."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        return {count: pool.submit(_peak_bytes, task, count).result() for count in worlds}


def plot_growth(points: list[Point], memory: dict[int, int], title: str, file: Path) -> None:
    """Draw speed and memory over the number of worlds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    speed, weight = figure.subplots(1, 2)
    for number in sorted({point.threads for point in points}):
        own = [point for point in points if point.threads == number]
        counts = [point.worlds for point in own]
        label = f"{number} thread{'s' if number > 1 else ''}"
        (line,) = speed.plot(counts, [point.physics for point in own], "o-", label=f"physics, {label}")
        speed.plot(counts, [point.env for point in own], "s--", color=line.get_color(), label=f"env, {label}")
    speed.set(xscale="log", xlabel="worlds", ylabel="env steps per second", title=title)
    speed.set_xscale("log", base=2)
    speed.set_ylim(bottom=0)
    speed.legend()
    weight.plot(list(memory), [size / 2**30 for size in memory.values()], "o-", color="tab:orange")
    weight.set(xlabel="worlds", ylabel="GB", title="resident memory of the process")
    weight.set_ylim(bottom=0)
    for axes in (speed, weight):
        axes.grid(alpha=0.3)
    figure.savefig(file, dpi=120)


def _env_steps(cfg: EnvCfg, count: int, threads: int) -> Callable[[], int]:
    env = GaitwayVectorEnv(cfg, count, threads=threads)
    env.reset(seed=0)
    generator = torch.Generator().manual_seed(0)
    actions = _ACTION_NOISE * torch.randn(count, env.actions.size, generator=generator)

    def step() -> int:
        env.step(actions)
        return count

    return step


def _peak_bytes(task: str, count: int) -> int:
    step = _env_steps(load_cfg(task), count, len(os.sched_getaffinity(0)))
    for _ in range(_STEPS_BEFORE_WEIGHING):
        step()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
