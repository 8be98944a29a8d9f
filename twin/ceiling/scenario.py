"""A shift in the hall: traffic, and now and then something that goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import cast
from .actors import everybody, plan_next
from .errands import Errand, Purpose, Shuttle
from .hall import Hall
from .mishaps import COPIES, FALLING, LASTS, Mishap, Mishaps
from .roads import Roads
from .shapes import Shape
from .timeline import Timeline
from .traffic import TICK, Leg, Schedule

_CAST = {"amr": cast.amr, "forklift": cast.forklift, "worker": cast.worker}


@dataclass(frozen=True)
class ScenarioCfg:
    """How much goes on in the hall for `seconds`; each kind of mishap happens `mishaps` times an hour."""

    seconds: float = 600.0
    amrs: int = 20
    forklifts: int = 6
    workers: int = 14
    mishaps: float = 12.0
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.amrs, self.forklifts, self.workers, self.mishaps) < 0 or self.seconds < 1:
            raise ValueError(f"{self} is no scenario: give counts of 0 or more and at least 1 s.")


def run_scenario(hall: Hall, cfg: ScenarioCfg) -> tuple[Timeline, list[Mishap]]:
    """Let the traffic run; who was where, and what was made to go wrong.

    Raises:
        ValueError: the hall has too few aisles for so many actors.
    """
    rng = np.random.default_rng(cfg.seed)
    roads = Roads(hall.layout)
    counts = {"worker": cfg.workers, "forklift": cfg.forklifts, "amr": cfg.amrs}
    shuttles = 2 if cfg.workers else 0
    kinds, starts, purposes = everybody(hall.layout, dict.fromkeys(counts, roads), counts, shuttles, rng)
    shapes = [_CAST[kind](rng) for kind in kinds]
    falling = [make(rng) for make in FALLING.values() for _ in range(COPIES)]
    schedule = Schedule(kinds, starts, cfg.seconds)
    mishaps = Mishaps(hall, roads, schedule, cfg.mishaps / 3600.0, rng)
    while schedule.until.min() < schedule.ticks:
        k = int(np.argmin(schedule.until))
        mishaps.step(float(schedule.until[k]) * TICK)
        _decide(k, purposes[k], schedule, mishaps)
    happened = [mishap for mishap in mishaps.happened if mishap.time < cfg.seconds]
    return _timeline(schedule, shapes, falling, mishaps), happened


def _decide(k: int, purpose: Purpose, schedule: Schedule, mishaps: Mishaps) -> None:
    """Plan what actor k does next; perhaps it breaks down there."""
    if isinstance(purpose, Shuttle) and mishaps.divert(k):
        return
    kind = schedule.kinds[k]

    def change(errand: Errand) -> Leg:
        stops = not errand.then and not errand.leg.backwards and errand.leg.pause < 10.0
        breaks_down = stops and mishaps.longer_stop(kind, float(schedule.until[k]) * TICK)
        return replace(errand.leg, pause=LASTS) if breaks_down else errand.leg

    leg = plan_next(k, purpose, schedule, change)
    if leg is not None and leg.pause == LASTS:
        mishaps.note_stop(float(schedule.until[k]) * TICK - LASTS, leg.path[-1])


def _timeline(schedule: Schedule, shapes: list[Shape], falling: list[Shape], mishaps: Mishaps) -> Timeline:
    times, position, yaw = schedule.fine()
    walked = np.cumsum(np.linalg.norm(np.diff(position, axis=0, prepend=position[:1]), axis=2), axis=0)
    count, ticks, movers = len(shapes) + len(falling), len(times), len(shapes)
    at, turn = np.zeros((ticks, count, 2)), np.zeros((ticks, count))
    at[:, :movers], turn[:, :movers] = position, yaw
    present = np.zeros((ticks, count), bool)
    present[:, :movers] = True
    for lying in mishaps.lying:
        k, lies = movers + lying.number, (times >= lying.start) & (times < lying.end)
        at[lies, k], turn[lies, k], present[lies, k] = lying.position, lying.yaw, True
    return Timeline(
        times, [*shapes, *falling], at, turn, np.pad(walked, ((0, 0), (0, len(falling)))), present
    )
