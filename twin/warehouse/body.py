"""A simulated AMR as its VDA 5050 side drives it: the `Robot` of `fleet/vda5050/robot.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

_PASSED = 0.10  # m to a point at which it is passed, if another follows
_ASIDE = 0.30  # m beside the way to that, within which it is passed when it lies behind
_STRAIGHT = 0.15  # rad up to which the next way is the same: no braking before the point between


class Body:
    """Where one AMR is and where it shall drive; physics is elsewhere, and tells it by `sense`."""

    def __init__(self) -> None:
        self.actions = frozenset({"pick", "drop"})
        self._at, self._yaw, self._speed, self._charge = np.zeros(2), 0.0, 0.0, 1.0
        self._way = np.zeros((0, 2))
        self._left = 0.0

    def sense(self, at: np.ndarray, yaw: float, speed: float, charge: float, period: float) -> None:
        """`period` s later: it is at (2,) m, turned by rad, drives m/s, and has a share of its battery."""
        self._at, self._yaw, self._speed, self._charge = at, float(yaw), float(speed), float(charge)
        self._left = max(0.0, self._left - period)
        while len(self._way) > 1 and self._is_passed():
            self._way = self._way[1:]

    def _is_passed(self) -> bool:
        off, on = self._at - self._way[0], self._way[1] - self._way[0]
        aside = abs(off[0] * on[1] - off[1] * on[0]) / max(np.linalg.norm(on), 1e-6)
        return bool(np.linalg.norm(off) < _PASSED or (off @ on > 0 and aside < _ASIDE))

    @property
    def goal(self) -> np.ndarray:
        """(2,) m to which it drives without a stop: the end of what is straight ahead."""
        if not len(self._way):
            return self._at
        goal = self._way[0]
        for after in self._way[1:]:
            before, on = goal - self._at, after - goal
            if before @ on < np.cos(_STRAIGHT) * np.linalg.norm(before) * np.linalg.norm(on):
                break
            goal = after
        return goal

    def pose(self) -> tuple[float, float, float]:
        """x, y (m), theta (rad)."""
        return float(self._at[0]), float(self._at[1]), self._yaw

    def speed(self) -> float:
        """m/s."""
        return self._speed

    def follow(self, points: np.ndarray) -> None:
        """Drive along (n, 3) x, y and a limit of the speed, which the twin's AMRs keep anyway."""
        self._way = points[:, :2].copy()

    def battery(self) -> float:
        """Percent."""
        return 100.0 * self._charge

    def charge(self, on: bool) -> None:
        """Nothing: in the twin chargers work by themselves."""

    def start(self, action_type: str, parameters: Mapping[str, Any]) -> None:
        """Load or unload, for `duration` s."""
        duration = parameters.get("duration")
        if not isinstance(duration, int | float) or not 0 <= duration < 3600:
            raise ValueError("The duration must be a number of seconds.")
        self._left = float(duration)

    def progress(self) -> str:
        """`RUNNING` or `FINISHED`."""
        return "RUNNING" if self._left > 0 else "FINISHED"
