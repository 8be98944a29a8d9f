"""Timed rows of numbers that arrive live, cut to any interval."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np
import numpy.typing as npt

from ..poses import Array

_KEPT = 20_000  # rows; the oldest half is forgotten beyond


class SampleBuffer:
    """Samples of one sensor in the order of time.

    Args:
        name: of the sensor, for messages.
        width: numbers in a sample.
    """

    def __init__(self, name: str, width: int) -> None:
        self._name, self._width = name, width
        self._times: list[float] = []
        self._rows: list[Array] = []

    def __len__(self) -> int:
        return len(self._times)

    def add(self, time: float, row: npt.ArrayLike) -> None:
        """Append a sample.

        Raises:
            ValueError: a time that does not rise, or a number that is not finite.
        """
        values = np.asarray(row, float).ravel()
        if values.shape != (self._width,) or not (np.isfinite(values).all() and np.isfinite(time)):
            raise ValueError(f"The {self._name} sample at {time:.6f} s is not {self._width} finite numbers.")
        if self._times and time <= self._times[-1]:
            raise ValueError(
                f"The {self._name} sample at {time:.6f} s does not come after the last one, at "
                f"{self._times[-1]:.6f} s; sort the samples and keep one of each time."
            )
        self._times.append(float(time))
        self._rows.append(values)
        if len(self._times) > _KEPT:
            del self._times[: _KEPT // 2], self._rows[: _KEPT // 2]

    def between(self, start: float, end: float, slack: float = 0.1) -> tuple[Array, Array] | None:
        """Times (n,) and rows (n, width) from `start` to `end`, interpolated at both.

        Returns:
            None where no sample lies within `slack` s of an end; the nearest stands in for less than that.
        """
        if not self._times or end <= start:
            return None
        if self._times[0] > start + slack or self._times[-1] < end - slack:
            return None
        first, last = bisect_right(self._times, start), bisect_left(self._times, end)
        around = slice(max(0, first - 1), last + 1)
        times, rows = np.array(self._times[around]), np.array(self._rows[around])
        at = np.concatenate([[start], self._times[first:last], [end]])
        return at, np.column_stack([np.interp(at, times, column) for column in rows.T])
