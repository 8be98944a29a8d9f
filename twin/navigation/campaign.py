"""Many drives, two at a time, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from typing import Any

import numpy as np

from .mission import MissionCfg, Outcome, drive_mission

_STANDS = 0.05  # m/s below which it counts as stopped
_BRAKING = 2.0  # s after losing itself in which it must have stopped


def drive_all(missions: Sequence[MissionCfg], processes: int) -> Iterator[dict[str, Any]]:
    """A row of figures for each mission, in their order, as they end."""
    if processes == 1:
        yield from map(_row, missions)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_row, missions)


def figures(cfg: MissionCfg, outcome: Outcome) -> dict[str, Any]:
    """What is reported of a drive. Errors are of the estimated position in the plane, m."""
    gaps = outcome.truth.positions[:, :2] - outcome.believed.positions[:, :2]
    errors = np.linalg.norm(gaps, axis=1)
    return {
        "mission": asdict(cfg),
        "arrived": outcome.arrived,
        "collided": outcome.collided,
        "distance_m": outcome.distance,
        "seconds": outcome.seconds,
        "path_m": outcome.truth.length,
        "odometry_rmse_m": float(np.sqrt(np.mean(errors**2))),
        "odometry_end_m": float(errors[-1]),
        "nearest_person_m": outcome.nearest_person,
        "lost_ticks": outcome.statuses.count("lost"),
        "stopped_while_lost": stops_while_lost(outcome),
    }


def stops_while_lost(outcome: Outcome) -> bool | None:
    """Whether it stood still whenever it had been lost for as long as it takes to brake; None if never."""
    times, lost = outcome.truth.times, np.array([status == "lost" for status in outcome.statuses])
    began = np.where(lost & ~np.append(False, lost[:-1]), times, -np.inf)
    long_lost = lost & (times - np.maximum.accumulate(began) > _BRAKING)
    return bool((outcome.speeds[long_lost] < _STANDS).all()) if long_lost.any() else None


def _row(cfg: MissionCfg) -> dict[str, Any]:
    return figures(cfg, drive_mission(cfg))
