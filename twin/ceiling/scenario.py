"""A shift in the hall: traffic, and now and then something that goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import cast
from .errands import KEEP_RIGHT, Errands, Purpose, Shuttle, stations_for, ways_of
from .hall import Hall
from .mishaps import COPIES, FALLING, LASTS, Mishap, Mishaps
from .roads import Roads, keep_right
from .shapes import Shape
from .timeline import Timeline
from .traffic import TICK, Leg, Schedule

_CAST = {"amr": cast.amr, "forklift": cast.forklift, "worker": cast.worker}
_PATIENCE = (4.0, 12.0)  # s that somebody waits on his way, at first and if nothing else goes
_TRIES = 5
_REST = 2.0  # s until somebody who found nothing to do tries again
_WALKWAY = 0.42  # share of the depth of the northern strip at which the walkway begins


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
    kinds, starts, purposes = _everybody(hall, roads, cfg, rng)
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
    """Plan what actor k does next."""
    if isinstance(purpose, Shuttle) and mishaps.divert(k):
        return
    at, kind = schedule.position[-1, k].copy(), schedule.kinds[k]
    for attempt in range(_TRIES):
        errand = purpose.propose(at)
        if errand is None:
            continue
        leg, stops = errand.leg, not errand.then and not errand.leg.backwards
        breaks_down = (
            stops and leg.pause < 10.0 and mishaps.longer_stop(kind, float(schedule.until[k]) * TICK)
        )
        leg = replace(leg, pause=LASTS) if breaks_down else leg
        if schedule.plan(k, leg, _PATIENCE[attempt == _TRIES - 1]):
            purpose.accept(errand)
            if breaks_down:
                mishaps.note_stop(float(schedule.until[k]) * TICK - LASTS, leg.path[-1])
            return
    purpose.give_up()
    if not schedule.plan(k, Leg(at[None], _REST), 0.0):
        schedule.insert(k, np.repeat(at[None], round(_REST / TICK), axis=0))


def _everybody(
    hall: Hall, roads: Roads, cfg: ScenarioCfg, rng: np.random.Generator
) -> tuple[list[str], np.ndarray, list[Purpose]]:
    """Kinds, places (n, 2) in m and purposes: each in the middle of a way of its own, two on the walkway."""
    kinds = ["worker"] * cfg.workers + ["forklift"] * cfg.forklifts + ["amr"] * cfg.amrs
    used, taken = set(), set()
    starts: list[np.ndarray] = []
    purposes: list[Purpose] = []
    for kind in kinds:
        free = [edge for edge in ways_of(roads, kind).edges if edge not in used]
        if not free:
            raise ValueError(f"The hall has no way left for another {kind}; give fewer of them.")
        edge = free[rng.integers(len(free))]
        used.add(edge)
        behind, ahead = edge if rng.random() < 0.5 else edge[::-1]
        way = keep_right(np.array([roads.at(behind), roads.at(ahead)]), KEEP_RIGHT[kind])
        starts.append(way.mean(axis=0))
        purposes.append(Errands(roads, rng, kind, ahead, behind, stations_for(hall.layout, kind), taken))
    y = hall.layout.blocks[-1][1] + _WALKWAY * hall.layout.north_depth + 0.5
    for side in (-1, 1) if cfg.workers else ():
        ends = np.array([[side * share * hall.layout.half_length, y] for share in (0.7, 0.1)])
        starts.append(ends[0])
        purposes.append(Shuttle(ends))
        kinds.append("worker")
    return kinds, np.array(starts).reshape(-1, 2), purposes


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
