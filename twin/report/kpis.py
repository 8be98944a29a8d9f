"""The figures of a shift by which it is judged, and how they compare with those of another."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .facts import Shift
from .usage import vehicle_usage

GOOD_ON_TIME, FAIR_ON_TIME = 0.95, 0.85
"""Share of orders in time from which a shift is good, or at least fair."""
_SLACK = 0.01
"""Figures that differ by less than this share, or by less than one point, count as the same."""


@dataclass(frozen=True)
class Kpis:
    """Figures of a shift; times in s, None where nothing happened that they could be taken from.

    Attributes:
        orders, delivered, late: counts; late are those that came after their time or have not come yet.
        on_time: share of those of which it is known.
        throughput: orders an hour.
        order_time: mean from creation to delivery; `slow_time`: nine of ten were faster.
        utilisation: mean share of the time that an AMR had an order.
        near_misses, contacts: counts.
        hours: length of the shift.
    """

    orders: int
    delivered: int
    late: int
    on_time: float | None
    throughput: float
    order_time: float | None
    slow_time: float | None
    utilisation: float | None
    near_misses: int
    contacts: int
    hours: float


def measure(shift: Shift) -> Kpis:
    """The figures of a shift."""
    until = shift.until
    delivered = [order for order in shift.orders if order.delivered is not None]
    judged = [order for order in shift.orders if order.is_judged(until)]
    late = sum(order.is_late(until) for order in judged)
    took = [order.delivered - order.created for order in delivered if order.delivered is not None]
    usage = vehicle_usage(shift)
    return Kpis(
        orders=len(shift.orders),
        delivered=len(delivered),
        late=late,
        on_time=1 - late / len(judged) if judged else None,
        throughput=len(delivered) * 3600.0 / max(until, 1e-6),
        order_time=float(np.mean(took)) if took else None,
        slow_time=float(np.percentile(took, 90)) if took else None,
        utilisation=float(np.mean([one.order for one in usage])) if usage else None,
        near_misses=len(shift.of("near_miss")),
        contacts=len(shift.of("contact")),
        hours=max(until, 1e-6) / 3600.0,
    )


@dataclass(frozen=True)
class Verdict:
    """Was it a good shift: `level` is good, fair or poor, `word` says it, `why` in one sentence."""

    level: str
    word: str
    why: str


def judge(kpis: Kpis, missed: int, fallen: int = 0) -> Verdict:
    """A shift is poor if somebody fell, something was touched, or fewer than 85 % of orders came in time.

    It is good from 95 % on, if also no incident went undetected (`missed` counts those, `fallen` people who
    lay on the floor).
    """
    if fallen:
        many = "A person" if fallen == 1 else f"{fallen} people"
        return Verdict("poor", "Not a good shift", f"{many} lay on the floor; see to that first.")
    if kpis.on_time is None:
        return Verdict("fair", "Too early to say", "No order was due yet.")
    in_time = f"{100 * kpis.on_time:.0f} % of orders came in time"
    if kpis.contacts:
        touched = "a vehicle touched something" + (f" {kpis.contacts} times" if kpis.contacts > 1 else "")
        return Verdict("poor", "Not a good shift", f"{touched.capitalize()}; {in_time}.")
    safety = "nothing was touched"
    if kpis.on_time < FAIR_ON_TIME:
        return Verdict("poor", "Not a good shift", f"Only {in_time}; {safety}.")
    if kpis.on_time < GOOD_ON_TIME:
        return Verdict("fair", "A fair shift", f"Only {in_time}; {safety}.")
    if missed:
        return Verdict("fair", "A fair shift", f"{in_time}, but {missed} of what went wrong nobody saw.")
    return Verdict("good", "A good shift", f"{in_time}, and {safety}.")


@dataclass(frozen=True)
class Measure:
    """How a figure is shown and compared: the better way is up (1), down (-1) or neither (0).

    `count` is what a rate was counted from, if so little that chance changes it from shift to shift.
    """

    label: str
    better: int
    value: Callable[[Kpis], float | None]
    show: Callable[[float], str]
    in_points: bool = False
    count: Callable[[Kpis], int] | None = None


def duration(seconds: float) -> str:
    """A time span in words: '42 s', '3 min 05 s', '1 h 20 min'."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _an_hour(rate: float) -> str:
    return f"{rate:.1f}/h"


MEASURES = (
    Measure("Throughput", 1, lambda k: k.throughput, lambda v: f"{v:.0f}/h"),
    Measure("On time", 1, lambda k: k.on_time, lambda v: f"{100 * v:.1f} %", in_points=True),
    Measure("Mean order time", -1, lambda k: k.order_time, duration),
    Measure("AMRs with an order", 0, lambda k: k.utilisation, lambda v: f"{100 * v:.0f} %", in_points=True),
    Measure(
        "Near misses",
        -1,
        lambda k: k.near_misses / max(k.hours, 1e-9),
        _an_hour,
        count=lambda k: k.near_misses,
    ),
    Measure("Contacts", -1, lambda k: k.contacts / max(k.hours, 1e-9), _an_hour, count=lambda k: k.contacts),
)


@dataclass(frozen=True)
class Change:
    """A figure beside the baseline's: `text` says by how much it is off, `way` is better, worse or same."""

    baseline: str
    text: str
    way: str


def compare(measure: Measure, kpis: Kpis, baseline: Kpis) -> Change | None:
    """How a figure differs from the baseline's; None if either has none."""
    now, then = measure.value(kpis), measure.value(baseline)
    if now is None or then is None:
        return None
    if measure.in_points:
        text, size = f"{_signed(100 * (now - then), 1)} points", abs(now - then)
    elif then == 0:
        text, size = ("the same", 0.0) if now == 0 else (f"from {measure.show(0.0)}", 1.0)
    else:
        text, size = f"{_signed(100 * (now / then - 1))} %", abs(now / then - 1)
    if measure.count is None:
        differs = size >= _SLACK
    else:
        differs = _is_no_chance(measure.count(kpis), kpis.hours, measure.count(baseline), baseline.hours)
    sign = (now > then) - (now < then)
    way = "better" if sign == measure.better else "worse"
    return Change(measure.show(then), text, way if differs and measure.better else "same")


def _signed(value: float, digits: int = 0) -> str:
    """With a sign as wide as a digit, and none for zero."""
    text = f"{abs(value):.{digits}f}"
    return text if float(text) == 0 else ("+" if value > 0 else "\N{MINUS SIGN}") + text


def _is_no_chance(count: int, hours: float, other: int, other_hours: float) -> bool:
    """Whether rates of rare events differ by more than twice the deviation of their difference (Poisson)."""
    deviation = math.sqrt(count / hours**2 + other / other_hours**2)
    return abs(count / hours - other / other_hours) > 2.0 * deviation
