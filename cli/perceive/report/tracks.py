"""Some pictures of a run with the points that odometry followed in them."""

from __future__ import annotations

import numpy as np

from ....perception.odometry.estimate import Estimate
from ....perception.odometry.stereo import RgbdOdometry, StereoOdometry
from ....perception.recording import Frame, Recording
from ....policies.page import Picture
from ..tracks import draw_tracks, picture_of, tracks_of
from .pictures import photo

_COUNT = 6


class TrackPictures:
    """Keeps six pictures, spread over the run.

    Args:
        recording: that is followed.
        odometry: that follows it.
        frames: how many will be seen; all by default.
    """

    def __init__(
        self, recording: Recording, odometry: StereoOdometry | RgbdOdometry, frames: int | None
    ) -> None:
        count = min(len(recording.frames), frames or len(recording.frames))
        self._wanted = set(np.linspace(count / 12, count - 1, _COUNT).astype(int).tolist())
        self._picture, self._odometry = picture_of(recording), odometry
        self._seen, self._start = 0, 0.0
        self.pictures: list[Picture] = []

    def see(self, frame: Frame, estimate: Estimate) -> None:
        """Take a frame that odometry has just used, and what it said."""
        self._start = frame.time if self._seen == 0 else self._start
        if self._seen in self._wanted:
            lines, colours = tracks_of(self._odometry)
            drawn = draw_tracks(self._picture(frame), lines, colours)
            caption = f"After {frame.time - self._start:.1f} s: {len(lines)} points, {estimate.status.value}."
            self.pictures.append(photo(drawn, caption, "points that are followed"))
        self._seen += 1
