"""How long moves take: speed, acceleration and turning on the spot, by trapezoids of speed over time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import FleetError


@dataclass(frozen=True)
class Kinematics:
    """What a robot can do.

    Attributes:
        speed: full speed, m/s.
        acceleration: speeding up and braking, m/s^2.
        turn_rate: turning on the spot, rad/s.
    """

    speed: float
    acceleration: float
    turn_rate: float

    def __post_init__(self) -> None:
        for name in ("speed", "acceleration", "turn_rate"):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise FleetError(f"{name} is {value!r}; it must be a number above 0.")

    def straight(self, distance: float) -> float:
        """Seconds for a straight way in m, from standstill to standstill."""
        ramps = self.speed**2 / self.acceleration
        if distance < ramps:
            return 2 * math.sqrt(distance / self.acceleration)
        return distance / self.speed + self.speed / self.acceleration

    def turn(self, angle: float) -> float:
        """Seconds for a turn on the spot by an angle in rad."""
        return abs(angle) / self.turn_rate
