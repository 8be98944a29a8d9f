"""Batteries: what a step costs, what a charger gives, and whether so many chargers can carry a fleet."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import FleetError


@dataclass(frozen=True)
class Battery:
    """A robot's battery, in parts of a full charge; time is in steps of traffic.

    Attributes:
        moving: what a step costs in which a robot moves or turns.
        standing: what any other step costs.
        charging: what a step at a charger gives.
        low: level below which a robot is sent to charge when its errand is done.
        full: level at which it is done charging.
        reserve: level that no errand may use.
    """

    moving: float
    standing: float
    charging: float
    low: float = 0.3
    full: float = 0.95
    reserve: float = 0.1

    def __post_init__(self) -> None:
        if not (0 < self.moving < 1 and 0 <= self.standing <= self.moving and 0 < self.charging <= 1):
            raise FleetError(
                f"A battery that loses {self.moving:g} moving and {self.standing:g} standing and gains "
                f"{self.charging:g} a step cannot be: give parts of a full charge, standing below moving."
            )
        if not 0 <= self.reserve < self.low < self.full <= 1:
            raise FleetError(
                f"Levels must rise in 0 to 1: reserve {self.reserve:g}, low {self.low:g}, full {self.full:g}."
            )

    def carries(self, robots: int, chargers: int) -> bool:
        """Whether chargers give as much as robots use that always move, and a queue of all of them is short.

        The queue is the worst: everybody is low at once, and the last stands until all others are full.
        """
        if chargers * self.charging < robots * self.moving:
            return False
        wait = (math.ceil(robots / chargers) - 1) * (self.full - self.reserve) / self.charging
        return wait * self.standing <= self.low - self.reserve
