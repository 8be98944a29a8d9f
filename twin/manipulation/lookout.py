"""A camera above the cell that tells who reaches in: what is neither cell, nor arm, nor what it holds."""

from __future__ import annotations

import math

import numpy as np

from ...assets.objects.cell import BIN, TOTE
from ...envs.render import RayTracer
from ...perception.poses import Array
from ...planning.collision.body import CollisionBody
from ...planning.collision.obstacles import Sphere
from ...planning.problems.picture import spheres_at
from .cell import Cell
from .eyes import Eyes

_EYE, _TARGET, _FOVY = np.array([0.75, -0.75, 2.2]), np.array([0.35, -0.35, 0.2]), math.radians(50)
_WIDTH, _HEIGHT = 144, 108
_FLOOR, _FULL = 0.06, 0.34  # m, height of what is no intruder: on the floor, and over bin and tote
_OWN = 0.07  # m around the arm that is its own: the camera at its hand is no part of its body
_VOXEL = 0.07  # m
_FEWEST = 3  # points of an intruder, and in a voxel of it
_SUNK, _RADIUS = 0.045, 0.10
"""m: a sleeve goes on below what is seen of it; and a sphere around a voxel of it, with room to spare."""


class Lookout:
    """Finds intruders. Attributes: body: the arm, and what it holds, as planning has it."""

    def __init__(self, cell: Cell, eyes: Eyes, body: CollisionBody) -> None:
        self._cell, self._eyes, self.body = cell, eyes, body
        self._tracer = RayTracer(cell.model, _WIDTH, _HEIGHT, fovy=_FOVY)

    def intruders(self) -> dict[str, Sphere]:
        """Spheres around what reaches in, as obstacles in the base."""
        look = self._eyes.picture(self._tracer, _EYE, _TARGET, _FOVY)
        points = look.points.reshape(-1, 3)
        points = points[np.isfinite(points[:, 0])]
        points = points[points[:, 2] > _FLOOR]
        points = points[~_over_boxes(points) | (points[:, 2] > _FULL)]
        points = points[self._is_foreign(points)]
        return _spheres(points)

    def _is_foreign(self, points: Array) -> np.ndarray:
        q, _ = self._cell.read()
        spheres = spheres_at(self.body, q)
        away = np.linalg.norm(points[:, None] - spheres[None, :, :3], axis=2) - spheres[None, :, 3]
        return away.min(axis=1, initial=np.inf) > _OWN


def _over_boxes(points: Array) -> np.ndarray:
    over = np.zeros(len(points), bool)
    for box in (BIN, TOTE):
        low, high = box.low[:2] - 0.03, box.high[:2] + 0.03
        over |= ((points[:, :2] > low) & (points[:, :2] < high)).all(axis=1)
    return over


def _spheres(points: Array) -> dict[str, Sphere]:
    if len(points) < _FEWEST:
        return {}
    cells, inverse, counts = np.unique(
        np.floor(points / _VOXEL).astype(int), axis=0, return_inverse=True, return_counts=True
    )
    middles = np.zeros((len(cells), 3))
    np.add.at(middles, inverse.ravel(), points)
    middles = middles / counts[:, None] - [0.0, 0.0, _SUNK]
    return {
        f"intruder_{k}": Sphere(middle, _RADIUS) for k, middle in enumerate(middles) if counts[k] >= _FEWEST
    }
