"""What a live stage costs, and how well a viewer in another process keeps up with it."""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ...envs.config import EnvCfg
from ...envs.vector_env import GaitwayVectorEnv
from .live import LiveStage
from .roots import LIVE
from .viewer import Seen, follow
from .writer import WriterReport


@dataclass
class LiveCost:
    """Figures of `measure_live`; see its documentation. Times in ms are medians and 95th percentiles."""

    prims: int
    published_per_s: float
    seen_of_60: float
    authoring_ms: tuple[float, float]
    viewer_ms: tuple[float, float]
    steps_per_s: float
    steps_per_s_live: float
    slowdown: float


def measure_live(cfg: EnvCfg, worlds: int, rate: float, seconds: float, rounds: int) -> LiveCost:
    """Step an env as fast as it goes, in turns alone and shown at `rate` frames a second to a viewer.

    The env has one thread, so that on two cores the other one is free for the writing process and the viewer,
    a process with plain usd-core that reloads the stage and asks for the world transform of every prim that
    moves. Authoring is formatting a frame, writing and renaming it. The slow-down compares the medians of
    `rounds` turns of `seconds` s each.

    Raises:
        ValueError: a number is not above 0, or the viewer saw nothing.
    """
    for name, number in (("worlds", worlds), ("rate", rate), ("seconds", seconds), ("rounds", rounds)):
        if not number > 0:
            raise ValueError(f"{name} is {number:g}; it must be above 0.")
    env = GaitwayVectorEnv(cfg, worlds, threads=1)
    env.reset(seed=0)
    action = torch.zeros(worlds, env.actions.size)
    alone, shown, reports, seen = [], [], [], []
    for _ in range(rounds):
        alone.append(_steps_per_s(env, action, seconds, lambda now: False))
        speed, report, viewer = _shown(env, action, rate, seconds)
        shown.append(speed)
        reports.append(report)
        seen.append(viewer)
    return _summary(alone, shown, reports, seen, seconds)


def _shown(
    env: GaitwayVectorEnv, action: torch.Tensor, rate: float, seconds: float
) -> tuple[float, WriterReport, Seen]:
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        live = LiveStage(env, Path(folder), rate)
        connection, theirs = context.Pipe()
        viewer = context.Process(target=follow, args=(Path(folder) / LIVE, theirs))
        viewer.start()
        connection.recv()
        speed = _steps_per_s(env, action, seconds, live.publish)
        time.sleep(2 / rate)  # for the last frame to arrive
        connection.send("")
        seen = connection.recv()
        viewer.join()
        return speed, live.close(), seen


def _steps_per_s(
    env: GaitwayVectorEnv, action: torch.Tensor, seconds: float, publish: Callable[[float], bool]
) -> float:
    begin, steps = time.perf_counter(), 0
    while (now := time.perf_counter() - begin) < seconds:
        publish(now)
        env.step(action)
        steps += 1
    return steps / now


def _summary(
    alone: list[float], shown: list[float], reports: list[WriterReport], seen: list[Seen], seconds: float
) -> LiveCost:
    published = sum(report.received for report in reports)
    if not any(viewer.frames for viewer in seen):
        raise ValueError("The viewer saw no frame in that time; give more --seconds, or stop other work.")
    before, after = statistics.median(alone), statistics.median(shown)
    return LiveCost(
        prims=seen[0].prims,
        published_per_s=published / (len(shown) * seconds),
        seen_of_60=60 * sum(viewer.frames for viewer in seen) / published,
        authoring_ms=_spread([s for report in reports for s in report.authoring_s]),
        viewer_ms=_spread([s for viewer in seen for s in viewer.reload_s]),
        steps_per_s=before,
        steps_per_s_live=after,
        slowdown=1 - after / before,
    )


def _spread(seconds: list[float]) -> tuple[float, float]:
    """Median and 95th percentile in ms."""
    median, most = 1e3 * np.percentile(seconds, (50, 95))
    return float(median), float(most)
