"""A short film of what the ceiling camera above an incident sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...envs.video import VideoWriter
from ...perception.activity.calibration import Calibration
from ...perception.activity.view import Picture
from .watch import Alarm

_SECONDS, _FPS = 60.0, 10.0  # that are filmed; pictures a second that are shown


class Film:
    """Films the first incident that takes floor.

    Args:
        writer: of the file.
        calibration: of the cameras.
    """

    def __init__(self, writer: VideoWriter, calibration: Calibration) -> None:
        self._writer = writer
        self._names = list(calibration.cameras)
        self._eyes = np.array([one.body_from_camera[:2, 3] for one in calibration.cameras.values()])
        self._camera, self._until = "", 0.0

    def take(self, time: float, alarms: list[Alarm], pictures: dict[str, Picture]) -> None:
        """What cameras see at `time` in s, and what was noticed then."""
        taking = [alarm for alarm in alarms if len(alarm.vertices)]
        if not self._camera and taking:
            distance = np.linalg.norm(self._eyes - taking[0].position, axis=1)
            self._camera, self._until = self._names[int(np.argmin(distance))], time + _SECONDS
        picture = pictures.get(self._camera)
        if picture is not None and picture.rgb is not None and time <= self._until:
            self._writer.write(picture.rgb)


def film_to(folder: Path) -> VideoWriter:
    """Writer of the film of a run in `folder`."""
    return VideoWriter(folder / "video.mp4", _FPS)
