"""A film of the cell."""

from __future__ import annotations

from ...envs.render import RayTracer
from ...envs.video import VideoWriter
from .cell import Cell

FPS = 10.0
_EYE, _TARGET = (1.75, -1.35, 1.25), (0.25, -0.25, 0.25)


class Film:
    """Takes a picture of a cell ten times a second of its time."""

    def __init__(self, cell: Cell, writer: VideoWriter) -> None:
        self._cell, self._writer, self._next = cell, writer, 0.0
        self._tracer = RayTracer(cell.model, 640, 400)
        cell.watch = self._take

    def _take(self) -> None:
        if self._cell.time < self._next:
            return
        self._next += 1 / FPS
        qpos, *mocap = self._cell.pictured()
        self._tracer.place_mocap(*mocap)
        self._tracer.look_at(_EYE, _TARGET)
        self._writer.write(self._tracer.render(qpos))
