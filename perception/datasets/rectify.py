"""A stereo recording as an ideal pair would have made it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..camera import Rectifier
from ..recording import Frames, Recording


def rectified(recording: Recording) -> Recording:
    """The recording with rectified pictures of its left and right camera, made when they are asked for."""
    rectifier = Rectifier(recording.cameras["left"], recording.cameras["right"])
    frames = recording.frames

    def load(k: int) -> dict[str, np.ndarray]:
        pictures = frames[k].pictures
        left, right = rectifier(pictures["left"], pictures["right"])
        return {"left": left, "right": right}

    times = frames.times if isinstance(frames, Frames) else np.array([frame.time for frame in frames])
    return replace(
        recording, frames=Frames(times, load), cameras={"left": rectifier.left, "right": rectifier.right}
    )
