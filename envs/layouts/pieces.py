"""Movable furniture of a scene as seen from above, and how far points are from it."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

_BOX, _CYLINDER = int(mujoco.mjtGeom.mjGEOM_BOX), int(mujoco.mjtGeom.mjGEOM_CYLINDER)


@dataclass(frozen=True)
class Piece:
    """One mocap body: `kind` is its name without the number; `half` (2,) and, if round, `radius` are in m."""

    name: str
    kind: str
    half: tuple[float, float]
    radius: float = 0.0

    @property
    def reach(self) -> float:
        """Distance from its middle to its farthest point, in m."""
        return self.radius or float(np.hypot(*self.half))


def pieces_of(model: mujoco.MjModel) -> list[Piece]:
    """The model's mocap bodies, in their order; each collides as one upright box or cylinder.

    Raises:
        ValueError: a body is of another make.
    """
    pieces = []
    for body in np.argsort(np.where(model.body_mocapid < 0, model.nbody, model.body_mocapid))[: model.nmocap]:
        first, count = model.body_geomadr[body], model.body_geomnum[body]
        solids = [
            g for g in range(first, first + count) if model.geom_contype[g] or model.geom_conaffinity[g]
        ]
        name = model.body(int(body)).name
        if len(solids) != 1 or int(model.geom_type[solids[0]]) not in (_BOX, _CYLINDER):
            raise ValueError(
                f"Kinematic body '{name}' cannot be placed: it must collide as one box or cylinder."
            )
        size = model.geom_size[solids[0]]
        is_round = int(model.geom_type[solids[0]]) == _CYLINDER
        half = (float(size[0]), float(size[0] if is_round else size[1]))
        pieces.append(Piece(name, name.rstrip("0123456789_"), half, float(size[0]) if is_round else 0.0))
    return pieces


def distance_to(piece: Piece, pose: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Distance in m of `points` (..., 2) from a piece at `pose` (x, y, yaw); negative inside."""
    offset = points - pose[:2]
    if piece.radius:
        return np.hypot(offset[..., 0], offset[..., 1]) - piece.radius
    cos, sin = np.cos(pose[2]), np.sin(pose[2])
    x = np.abs(cos * offset[..., 0] + sin * offset[..., 1]) - piece.half[0]
    y = np.abs(cos * offset[..., 1] - sin * offset[..., 0]) - piece.half[1]
    return np.hypot(np.maximum(x, 0), np.maximum(y, 0)) + np.minimum(np.maximum(x, y), 0)
