"""How vehicles spent a shift: with an order, at a charger, broken down, or free."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from .facts import Shift

_CHANGES = {
    "order_assigned": ("order", 1),
    "order_delivered": ("order", -1),
    "order_returned": ("order", -1),
    "charging_started": ("charging", 1),
    "charging_ended": ("charging", -1),
    "vehicle_failed": ("broken", 1),
    "vehicle_repaired": ("broken", -1),
}
"""What an event says that its vehicle begins (1) or ends (-1)."""


@dataclass(frozen=True)
class Usage:
    """Shares of a shift's time that a vehicle spent; what is left of 1 it was free."""

    vehicle: str
    order: float
    charging: float
    broken: float

    @property
    def free(self) -> float:
        """Share of the time that it waited for an order."""
        return max(0.0, 1.0 - self.order - self.charging - self.broken)


def vehicle_usage(shift: Shift) -> list[Usage]:
    """The usage of each AMR, by name."""
    changes: dict[tuple[str | None, str], list[tuple[float, int]]] = defaultdict(list)
    for event in shift.of(*_CHANGES):
        what, change = _CHANGES[event.kind]
        changes[event.actor, what].append((event.time, change))
    return [
        Usage(name, *(_share(changes[name, what], shift.until) for what in ("order", "charging", "broken")))
        for name in shift.named("amr")
    ]


def _share(changes: list[tuple[float, int]], until: float) -> float:
    """Of the time until `until` s, during which at least one thing that began had not ended."""
    if not changes or until <= 0:
        return 0.0
    times = np.array([time for time, _ in changes] + [until])
    running = np.maximum(np.cumsum([change for _, change in changes]), 0)
    return float(np.diff(times)[running > 0].sum() / until)
