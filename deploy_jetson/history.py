"""The last ticks of an observation, side by side."""

from __future__ import annotations

import numpy as np


class History:
    """The values of the last `ticks` ticks of N worlds, the oldest first.

    A world that starts anew has all of them equal to its first value.
    """

    def __init__(self, ticks: int) -> None:
        self._ticks = ticks
        self._values = np.zeros((0, ticks, 0), np.float32)
        self._fresh = np.zeros(0, bool)

    def resize(self, num: int) -> None:
        """Make room for `num` worlds, all anew."""
        self._values = np.zeros((num, self._ticks, 0), np.float32)
        self._fresh = np.ones(num, bool)

    def reset(self, rows: np.ndarray) -> None:
        """Start the worlds `rows` (k,) anew."""
        self._fresh[rows] = True

    def push(self, value: np.ndarray) -> np.ndarray:
        """Take this tick's value (N, size); returns all that are kept, (N, ticks * size)."""
        if self._values.shape[2] == 0:
            self._values = np.zeros((*self._values.shape[:2], value.shape[1]), np.float32)
        self._values[:, :-1] = self._values[:, 1:]
        self._values[:, -1] = value
        self._values[self._fresh] = value[self._fresh, None]
        self._fresh[:] = False
        return self._values.reshape(len(value), -1).copy()
