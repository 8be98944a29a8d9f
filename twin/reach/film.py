"""A film of a humanoid that reaches: a ring shows where its hand shall be."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from ...envs.render import RayTracer
from ...envs.stage import RobotPlacement, load_stage
from ...envs.video import VideoWriter
from ...perception.poses import Array
from .humanoid import FILE, SCENE, Humanoid

FPS = 12.5
_SIZE, _FOVY = 480, math.radians(40)
_EYE, _MIDDLE = np.array([2.2, -1.5, 1.4]), np.array([0.1, 0.0, 0.85])  # m
_RING = 9  # px


class Film:
    """Takes a picture every 80 ms; one attempt follows the other in the same film."""

    def __init__(self, writer: VideoWriter) -> None:
        self._writer, self._ticks = writer, 0
        model = load_stage(SCENE, [RobotPlacement(FILE)]).compile()
        self._tracer = RayTracer(model, _SIZE, _SIZE, fovy=_FOVY, supersample=2)
        self._tracer.look_at(_EYE, _MIDDLE)

    def __call__(self, humanoid: Humanoid, target: Array) -> None:
        """Look at it after each of its periods; `target` (4, 4) is in the world."""
        if self._ticks % round(1 / FPS / humanoid.period) == 0:
            picture = Image.fromarray(self._tracer.render(humanoid.state))
            x, y = _pixel(target[:3, 3])
            ring = (x - _RING, y - _RING, x + _RING, y + _RING)
            ImageDraw.Draw(picture).ellipse(ring, outline=(220, 30, 30), width=3)
            self._writer.write(np.asarray(picture))
        self._ticks += 1


def _pixel(point: Array) -> tuple[float, float]:
    """Where the camera sees a point (3,)."""
    ahead = (_MIDDLE - _EYE) / np.linalg.norm(_MIDDLE - _EYE)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    away = point - _EYE
    scale = _SIZE / 2 / math.tan(_FOVY / 2) / (away @ ahead)
    x, y = float(scale * (away @ right)), float(scale * (away @ np.cross(right, ahead)))
    return _SIZE / 2 + x, _SIZE / 2 - y
