"""How vehicles spent a shift: with an order, at a charger, broken down, or free."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .facts import Shift

_BEGINS_ENDS = {
    "order": (("order_assigned",), ("order_delivered", "order_returned")),
    "charging": (("charging_started",), ("charging_ended",)),
    "broken": (("vehicle_failed",), ("vehicle_repaired",)),
}


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
    return [
        Usage(name, *(_share(shift, name, *kinds) for kinds in _BEGINS_ENDS.values()))
        for name in shift.named("amr")
    ]


def _share(shift: Shift, name: str, begins: tuple[str, ...], ends: tuple[str, ...]) -> float:
    """Of the shift, during which at least one thing that began had not ended."""
    changes = [
        (event.time, 1 if event.kind in begins else -1)
        for event in shift.of(*begins, *ends)
        if event.actor == name
    ]
    if not changes or shift.until <= 0:
        return 0.0
    times = np.array([time for time, _ in changes] + [shift.until])
    running = np.maximum(np.cumsum([change for _, change in changes]), 0)
    return float(np.diff(times)[running > 0].sum() / shift.until)
