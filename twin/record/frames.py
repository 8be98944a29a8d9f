"""Frames of a recording, drawn when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ...perception.recording import Frame
from .hall import Hall
from .motion import Motion
from .rig import RecordCfg, Rig

Array = npt.NDArray[np.floating]


class LiveFrames(Sequence[Frame]):
    """Frames that are drawn when asked for. Going on is cheap; going back draws all again from the start.

    Exposure is controlled from frame to frame, so that frame k is what it is only after the ones before.

    Attributes:
        times: of the frames, s.
        rig: the cameras that take them.
    """

    def __init__(self, hall: Hall, motion: Motion, times: Array, cfg: RecordCfg) -> None:
        self.times, self._of = times, (hall, motion, cfg)
        self.rig, self._last = Rig(*self._of), -1
        self._frame: Frame | None = None

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, k: int) -> Frame:  # pyright: ignore[reportIncompatibleMethodOverride]
        if not -len(self) <= k < len(self):
            raise IndexError(k)
        k %= len(self)
        if k < self._last:
            self.rig, self._last = Rig(*self._of), -1
        while self._last < k:
            self._last += 1
            time = float(self.times[self._last])
            self._frame = Frame(time, self.rig.take(time))
        assert self._frame is not None
        return self._frame

    def __iter__(self) -> Iterator[Frame]:
        return (self[k] for k in range(len(self)))
