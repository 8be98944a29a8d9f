"""Congestion: cells that are full cost more, so that streams spread over all aisles.

A moving average says how often each cell was taken in the last time; what is above a share of that costs
more, on top of lanes (guidance graphs of Zhang, Jiang, Bhatt, Nikolaidis, Li 2024, IJCAI, learned as it
goes). Every now and then all ways are found again with these costs. They stay as they are while some robot is
on its way for very long: its way then only gets shorter, so it arrives, as `docs/fleet/index.md` says.
"""

from __future__ import annotations

import numpy as np

from ..errors import FleetError
from .traffic import Traffic

EVERY = 50
"""Steps between two looks at the costs: to find 1,000 ways again takes half a second of the processor."""
MEMORY = 200
"""Steps of the moving average."""
FLOWING = 0.25
"""Part of the time that a cell may be taken before it costs more."""
STRENGTH = 15.0
"""What a move into a cell that is always taken would cost more, in times, without that part."""
LONGEST = 1_000
"""Age of a robot, in steps, above which costs stay."""
_DEAREST = 255


class Congestion:
    """Costs of moves that follow traffic.

    Attributes:
        use: (V,) part of the last time that each vertex was taken.
    """

    def __init__(self, traffic: Traffic, strength: float = STRENGTH) -> None:
        """Begin with the traffic's costs as they are.

        Args:
            traffic: whose ways are found again.
            strength: of the costs; 0 leaves them alone.

        Raises:
            FleetError: a strength below 0.
        """
        if not 0 <= strength < np.inf:
            raise FleetError(f"The strength of congestion is {strength:g}; it must be 0 or more.")
        self._traffic, self._strength, self._plain = traffic, strength, traffic.weights
        self.use = np.zeros(len(traffic.graph))

    def step(self) -> None:
        """Take note of where everybody is; call it after each step of traffic."""
        self.use *= 1 - 1 / MEMORY
        self.use[self._traffic.cell] += 1 / MEMORY
        if self._traffic.steps % EVERY == 0 and self._traffic.age.max() <= LONGEST:
            self._traffic.reweigh(self._weights())

    def _weights(self) -> np.ndarray:
        """(V, 4) costs by the use of the cell that a move leads to."""
        excess = self._strength * np.maximum(self.use - FLOWING, 0)
        costs = self._plain * (1 + excess[self._traffic.graph.ahead])
        return np.minimum(np.rint(costs), _DEAREST).astype(np.uint8)
