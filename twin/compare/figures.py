"""The figures of one run that a comparison is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..report.facts import Shift
from ..report.kpis import Kpis, measure
from ..report.usage import vehicle_usage

Figures = dict[str, float | None]
"""By the keys of `FIGURES`; None where nothing happened that a figure could be taken from."""


@dataclass(frozen=True)
class Figure:
    """How a figure is called, which way is better (1 up, -1 down, 0 neither), and its digits in a table."""

    label: str
    better: int
    digits: int
    value: Callable[[Shift, Kpis], float | None]


FIGURES = {
    "orders_done": Figure("orders done", 1, 1, lambda _, kpis: kpis.delivered),
    "orders_open": Figure("orders still open", -1, 1, lambda shift, _: _open(shift)),
    "throughput": Figure("orders done/h", 1, 1, lambda _, kpis: kpis.throughput),
    "on_time": Figure("orders in time, %", 1, 1, lambda _, kpis: _percent(kpis.on_time)),
    "lead_time": Figure("order time, s", -1, 1, lambda _, kpis: kpis.order_time),
    "lead_time_p95": Figure("95 % within, s", -1, 1, lambda shift, _: _lead_time(shift, 95)),
    "utilisation": Figure("AMRs busy, %", 0, 1, lambda _, kpis: _percent(kpis.utilisation)),
    "charging": Figure("AMRs charging, %", 0, 1, lambda shift, _: _charging(shift)),
    "stops": Figure("stops of AMRs/h", -1, 1, lambda shift, kpis: _stops(shift) / kpis.hours),
    "near_misses": Figure("near misses/h", -1, 1, lambda shift, kpis: _near_misses(shift, kpis)),
    "contacts": Figure("contacts/h", -1, 2, lambda _, kpis: kpis.contacts / kpis.hours),
}


def figures_of(shift: Shift) -> Figures:
    """All figures of a run."""
    kpis = measure(shift)
    values = {key: figure.value(shift, kpis) for key, figure in FIGURES.items()}
    return {key: None if value is None else float(value) for key, value in values.items()}


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share


def _open(shift: Shift) -> int:
    return sum(order.delivered is None and order.state != "cancelled" for order in shift.orders)


def _lead_time(shift: Shift, percentile: float) -> float | None:
    took = [order.delivered - order.created for order in shift.orders if order.delivered is not None]
    return float(np.percentile(took, percentile)) if took else None


def _charging(shift: Shift) -> float | None:
    return _percent(float(np.mean([one.charging for one in vehicle_usage(shift)] or [0.0])))


def _stops(shift: Shift) -> int:
    return len(shift.of("vehicle_stopped"))


def _near_misses(shift: Shift, kpis: Kpis) -> float | None:
    """By the truth: events are of those that cameras saw, and of none where nobody looks."""
    count = shift.meta.get("near_misses")
    return None if count is None else float(count) / kpis.hours
