"""What odometry looks at: the picture of each frame, and the points that it follows there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ...perception.camera import Rectifier
from ...perception.odometry.replay import replay
from ...perception.odometry.views import to_grey
from ...perception.recording import Frame, Recording

if TYPE_CHECKING:
    from ...perception.odometry.estimate import Estimate
    from ...perception.odometry.stereo import RgbdOdometry, StereoOdometry
    from ...perception.odometry.visual_odometry import VisualOdometry

_NEAREST = 1.0  # m: points this near and nearer are red


def watched(
    recording: Recording, odometry: StereoOdometry | RgbdOdometry
) -> Iterator[tuple[Frame, Estimate]]:
    """Each frame and its estimate."""
    seen: list[Frame] = []
    for estimate in replay(recording, odometry, watch=seen.append):
        yield seen.pop(), estimate


def picture_of(recording: Recording) -> Callable[[Frame], np.ndarray]:
    """Gives the picture, grey uint8, of a frame that points are followed in; a pair's is rectified."""
    if "left" not in recording.cameras:
        return lambda frame: to_grey(frame.pictures["rgb"])
    rectifier = Rectifier(recording.cameras["left"], recording.cameras["right"])
    return lambda frame: to_grey(rectifier(frame.pictures["left"], frame.pictures["right"])[0])


def tracks_of(odometry: VisualOdometry) -> tuple[np.ndarray, np.ndarray]:
    """Lines (n, 2, 2) in px from where each point was in the last keyframe's picture, and RGB colours (n, 3).

    Near points are red, far ones blue; those that the right camera does not see are grey.
    """
    points = odometry.landmarks
    lines = np.stack([points.reference, points.pixels[:, :2]], axis=1)
    disparity = points.pixels[:, 0] - points.pixels[:, 2]
    nearness = np.nan_to_num(disparity) * _NEAREST / odometry.rig.depth_disparity
    level = np.clip(255 * np.sqrt(np.clip(nearness, 0, 1)), 0, 255).astype(np.uint8)
    colours = cv2.applyColorMap(level, cv2.COLORMAP_TURBO).reshape(-1, 3)[:, ::-1].copy()
    colours[np.isnan(disparity)] = 150
    return lines, colours


def draw_tracks(picture: np.ndarray, lines: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """RGB of a grey picture with lines (n, 2, 2) in px, a dot at the end of each."""
    drawn = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    for (start, end), colour in zip(lines.round().astype(int).tolist(), colours.tolist(), strict=True):
        cv2.line(drawn, start, end, colour, 1, cv2.LINE_AA)
        cv2.circle(drawn, end, 2, colour, -1, cv2.LINE_AA)
    return drawn
