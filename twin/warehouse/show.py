"""What a live page is given while a run goes on: pictures of some cameras, and obedience to its buttons."""

from __future__ import annotations

import time
from pathlib import Path

import cv2

from ...perception.activity.view import Picture
from ..live.controls import Controls, Wanted

_WALL = 12  # cameras whose pictures are shown
_EVERY = 1.0  # s


class Show:
    """Keeps the pace that spectators ask for, and writes pictures for them.

    Args:
        folder: of the run.

    Attributes:
        taken: how many of the incidents that spectators wanted have been taken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "cameras"
        self._folder.mkdir(exist_ok=True)
        self._controls = Controls(folder)
        self.taken = 0
        self._due, self._shown = time.monotonic(), -_EVERY

    def resume(self, taken: int) -> None:
        """Pass over wishes that were taken before the run was killed."""
        self._controls.poll()
        for _ in range(min(taken, len(self._controls.incidents))):
            self._controls.incidents.popleft()
        self.taken = taken

    def wait(self, seconds: float) -> list[Wanted]:
        """Wait as long as `seconds` of the twin are to take; what is to go wrong."""
        self._controls.poll()
        while self._controls.paused:
            time.sleep(0.05)
            self._due = time.monotonic()
            self._controls.poll()
        self._due = max(self._due + seconds / self._controls.speed, time.monotonic() - seconds)
        time.sleep(max(0.0, self._due - time.monotonic()))
        wanted = list(self._controls.incidents)
        self._controls.incidents.clear()
        self.taken += len(wanted)
        return wanted

    def pictures(self, now: float, pictures: dict[str, Picture]) -> None:
        """Show what cameras see at `now` in s."""
        if now - self._shown < _EVERY:
            return
        self._shown = now
        for name in list(pictures)[:: max(1, len(pictures) // _WALL)]:
            rgb = pictures[name].rgb
            if rgb is None:
                continue
            partial = self._folder / f".{name}.jpg"
            cv2.imwrite(str(partial), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
            partial.replace(self._folder / f"{name}.jpg")
