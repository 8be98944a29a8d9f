"""A film of a run, from over the aisle."""

from __future__ import annotations

import numpy as np

from ...envs.render import RayTracer
from ...envs.video import VideoWriter
from .shop import Shop

FPS = 10.0
_EYE = np.array([-2.3, 1.3, 1.9])  # m in the shelf's frame
_HEIGHT, _ROBOT = 0.6, 0.4  # m over the floor, and how much of the way to the robot: what it looks at


class Film:
    """Takes a picture ten times a second of the robot's time."""

    def __init__(self, shop: Shop, writer: VideoWriter) -> None:
        self._shop, self._writer, self._next = shop, writer, 0.0
        self._tracer = RayTracer(shop.seen, 640, 400)
        shop.watch = self._take

    def _take(self) -> None:
        if self._shop.time < self._next:
            return
        self._next += 1 / FPS
        shelf = self._shop.case.shelf
        robot = self._shop.data.body("base").xpos
        target = (1 - _ROBOT) * shelf[:2, 3] + _ROBOT * robot[:2]
        eye = shelf[:3, 3] + shelf[:3, :3] @ _EYE
        self._tracer.look_at(eye, np.append(target, _HEIGHT))
        self._writer.write(self._tracer.render(self._shop.data.qpos))
