"""Who moves in the hall: where each begins and what sends it about, and how it decides what is next."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ...assets.warehouse.layout import Layout
from .errands import KEEP_RIGHT, Errand, Errands, Purpose, Shuttle, stations_for, ways_of
from .roads import Node, Roads, keep_right
from .traffic import TICK, Leg, Schedule

_PATIENCE = (4.0, 12.0)  # s that somebody waits on his way, at first and if nothing else goes
_TRIES = 5
_REST = 2.0  # s until somebody who found nothing to do tries again
_WALKWAY = 0.42  # share of the depth of the northern strip at which the walkway begins


def everybody(
    layout: Layout,
    roads: Mapping[str, Roads],
    counts: Mapping[str, int],
    shuttles: int,
    rng: np.random.Generator,
) -> tuple[list[str], np.ndarray, list[Purpose]]:
    """Kinds, places (n, 2) in m and purposes: each in the middle of a way of its own.

    Args:
        layout: of the hall.
        roads: by kind.
        counts: by kind.
        shuttles: workers more, up to two, who go to and fro on the walkway.
        rng: source of chance.

    Raises:
        ValueError: there are too few ways for so many.
    """
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    used: set[tuple[Node, Node]] = set()
    taken: set[str] = set()
    starts: list[np.ndarray] = []
    purposes: list[Purpose] = []
    for kind in kinds:
        own = roads[kind]
        free = [edge for edge in ways_of(own, kind).edges if edge not in used]
        if not free:
            raise ValueError(f"The hall has no way left for another {kind}; give fewer of them.")
        edge = free[rng.integers(len(free))]
        used.add(edge)
        behind, ahead = edge if rng.random() < 0.5 else edge[::-1]
        way = keep_right(np.array([own.at(behind), own.at(ahead)]), KEEP_RIGHT[kind])
        starts.append(way.mean(axis=0))
        purposes.append(Errands(own, rng, kind, ahead, behind, stations_for(layout, kind), taken))
    y = layout.blocks[-1][1] + _WALKWAY * layout.north_depth + 0.5
    for side in (-1, 1)[:shuttles]:
        ends = np.array([[side * share * layout.half_length, y] for share in (0.7, 0.1)])
        starts.append(ends[0])
        purposes.append(Shuttle(ends))
        kinds.append("worker")
    return kinds, np.array(starts).reshape(-1, 2), purposes


def plan_next(
    k: int, purpose: Purpose, schedule: Schedule, change: Callable[[Errand], Leg] = lambda errand: errand.leg
) -> Leg | None:
    """Plan what actor k does next, and return it; it rests for a moment if it found nothing.

    `change` makes the leg of each errand that is proposed.
    """
    at = schedule.position[-1, k].copy()
    for attempt in range(_TRIES):
        errand = purpose.propose(at)
        if errand is None:
            continue
        leg = change(errand)
        if schedule.plan(k, leg, _PATIENCE[attempt == _TRIES - 1]):
            purpose.accept(errand)
            return leg
    purpose.give_up()
    if not schedule.plan(k, Leg(at[None], _REST), 0.0):
        schedule.insert(k, np.repeat(at[None], round(_REST / TICK), axis=0))
    return None
