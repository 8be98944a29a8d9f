"""A film of our arm in motion among obstacles, with the time and what it is doing written below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ...envs.render import RayTracer
from ...envs.video import VideoWriter
from ...planning.limits import Array
from .judge import STEP
from .scene import ArmScene

FPS = 25.0
_WIDTH, _HEIGHT = 640, 480
_EYE, _MIDDLE = np.array([-0.85, -1.55, 1.5]), np.array([0.35, 0.0, 0.4])  # m: over its shoulder
_FONT = ImageFont.load_default(size=15)


class Film:
    """Scenes one after the other in an MP4 that appears whole or not at all; a context manager."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        self._video = VideoWriter(path, FPS)

    def __enter__(self) -> Film:
        self._video.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._video.__exit__(kind, error, trace)

    def add(
        self, scene: ArmScene, positions: Array, centres: Mapping[str, Array], said: Sequence[str]
    ) -> None:
        """Append a motion.

        Args:
            scene: of the arm.
            positions: (N, n) of the joints every `STEP` s.
            centres: (N, 3) of what moves, by name.
            said: N lines to write below.
        """
        tracer = RayTracer(scene.model, _WIDTH, _HEIGHT, supersample=2)
        tracer.look_at(_EYE, _MIDDLE)
        for number in range(0, len(positions), round(1 / FPS / STEP)):
            scene.place(positions[number], {name: centre[number] for name, centre in centres.items()})
            tracer.place_mocap(scene.data.mocap_pos, scene.data.mocap_quat)
            picture = Image.fromarray(tracer.render(scene.data.qpos))
            ImageDraw.Draw(picture).text((12, _HEIGHT - 28), said[number], font=_FONT, fill=(30, 30, 30))
            self._video.write(np.asarray(picture))
