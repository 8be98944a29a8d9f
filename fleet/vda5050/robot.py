"""What a vehicle must be able to do to be driven by `Vehicle`; nothing here waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt


class Robot(Protocol):
    """A robot, simulated or real. x, y in m and theta in rad in the map's frame."""

    @property
    def actions(self) -> frozenset[str]:
        """Types of actions that it can do at a node."""
        ...

    def pose(self) -> tuple[float, float, float]:
        """x, y, theta; NaN while it does not know where it is."""
        ...

    def speed(self) -> float:
        """m/s."""
        ...

    def follow(self, points: npt.NDArray[np.float64]) -> None:
        """Drive along (n, 3) x, y and speed limit on the way there (m/s, inf: none); n = 0: stand."""
        ...

    def battery(self) -> float:
        """Charge in percent."""
        ...

    def charge(self, on: bool) -> None:
        """Begin or end charging."""
        ...

    def start(self, action_type: str, parameters: Mapping[str, Any]) -> None:
        """Begin an action; a ValueError says why it cannot."""
        ...

    def progress(self) -> str:
        """`RUNNING`, `FINISHED` or `FAILED`: the action that was begun last."""
        ...
