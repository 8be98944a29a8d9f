"""Single orders to single vehicles: the cheapest matching, in which what waits gets cheaper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from ..errors import DispatchError


@dataclass(frozen=True, eq=False)
class Assignment:
    """Who takes what.

    Attributes:
        vehicle: (n,) int for each order, -1 if it waits.
        cost: of the pairs, without ages.
        waits: why each order without a vehicle waits.
    """

    vehicle: npt.NDArray[np.int64]
    cost: float
    waits: dict[int, str]


def assign(cost: npt.ArrayLike, ages: npt.ArrayLike | None = None, bonus: float = 1.0) -> Assignment:
    """Give each vehicle one order at the most, as many orders as can be, at the least cost.

    Among as many orders, the cost of the pairs less `bonus` times the ages of their orders is least
    (Jonker-Volgenant by `scipy.optimize.linear_sum_assignment`). An order's bonus grows until it is taken:
    none waits for ever behind nearer ones.

    Args:
        cost: (n, v) of each order to each vehicle, of a distance field; infinite where it cannot be.
        ages: (n,) s that each order has waited.
        bonus: cost that a second of waiting is worth.

    Raises:
        DispatchError: shapes or numbers that cannot be.
    """
    costs = np.asarray(cost, float)
    if costs.ndim != 2 or np.isnan(costs).any() or (costs == -np.inf).any():
        raise DispatchError("Costs must be a table of orders by vehicles, without NaN.")
    waited = np.zeros(len(costs)) if ages is None else np.asarray(ages, float)
    if waited.shape != (len(costs),) or not np.isfinite(waited).all():
        raise DispatchError(f"Ages must be {len(costs)} numbers, one for each order.")
    able = np.isfinite(costs)
    wanted = costs - bonus * waited[:, None]
    # A pair that cannot be costs more than all others together could save.
    spread = np.ptp(wanted[able]) if able.any() else 0.0
    worst = wanted[able].max(initial=0.0) + (spread + 1.0) * (min(costs.shape) + 1)
    orders, vehicles = linear_sum_assignment(np.where(able, wanted, worst))
    made = able[orders, vehicles]
    vehicle = np.full(len(costs), -1)
    vehicle[orders[made]] = vehicles[made]
    waits = {int(order): _why(able[order]) for order in np.flatnonzero(vehicle < 0)}
    return Assignment(vehicle, float(costs[orders[made], vehicles[made]].sum()), waits)


def _why(able: npt.NDArray[np.bool_]) -> str:
    if not able.size:
        return "There is no vehicle."
    if not able.any():
        return f"None of the {able.size} vehicles can do it."
    return f"Each of the {able.sum()} vehicles that can do it has an order that is nearer or older."
