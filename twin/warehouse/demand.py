"""What is ordered in a shift, drawn before it begins.

The seed alone says what comes, when, and how long it takes to load: not how many vehicles there are or how
fast they are. So variants of a scenario meet the same orders, and their difference is not one of chance
(common random numbers: Law, Simulation Modeling and Analysis, 5th ed. 2015, section 11.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .scenario import OrdersCfg

_SKUS = ("bottle_flat", "bottle_round", "bracket_l", "bracket_u", "carton_flat", "carton_small", "mug")
_LOADING, _UNLOADING = (4.0, 7.0), (5.0, 8.0)  # s
_PICKS = 0.8  # share of orders that bring something from an aisle to a station


@dataclass(frozen=True)
class Demand:
    """One order that will come.

    Attributes:
        created: s from the beginning. kind: `pick` or `replenish`.
        source, target: names of places. loading, unloading: s.
    """

    created: float
    kind: str
    sku: str
    source: str
    target: str
    loading: float
    unloading: float


def draw_demand(
    cfg: OrdersCfg,
    seconds: float,
    slots: Sequence[str],
    closed: Sequence[str],
    stations: Sequence[str],
    rng: np.random.Generator,
) -> list[Demand]:
    """All orders of a shift of `seconds` s, by time.

    Args:
        cfg: how many.
        slots: places in aisles that can be used.
        closed: places in closed aisles: who would have come from there comes from one of `slots`. All other
            orders are those that would come if nothing were closed.
        stations: places outside.
        rng: source of chance.
    """
    count = rng.poisson(cfg.per_hour * seconds / 3600)
    coming = np.sort(rng.uniform(0.0, seconds, count))
    everywhere = sorted([*slots, *closed])
    shut = set(closed)
    orders = []
    for created in coming.tolist():
        slot, instead = str(rng.choice(everywhere)), str(rng.choice(slots))
        slot = instead if slot in shut else slot
        station, is_pick = str(rng.choice(stations)), rng.random() < _PICKS
        source, target = (slot, station) if is_pick else (station, slot)
        orders.append(
            Demand(
                created, "pick" if is_pick else "replenish", str(rng.choice(_SKUS)), source, target,
                rng.uniform(*_LOADING), rng.uniform(*_UNLOADING),
            )
        )  # fmt: skip
    return orders
