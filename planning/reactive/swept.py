"""Obstacles made larger: by a margin all around, and by what they sweep on a straight way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from ..collision.obstacles import Box, Capsule, Cloud, Cylinder, Obstacle, Sphere
from ..errors import WorldError
from ..rotations import with_z

PIECE = 0.1
"""m: the way of a box is cut into pieces no longer than this."""
_STILL = 1e-9  # m


@dataclass(frozen=True, eq=False)
class Moving:
    """An obstacle seen in motion.

    Attributes:
        obstacle: where it was seen: a sphere, box or capsule.
        velocity: (3,) m/s in the base link, as estimated; it does not turn.

    Raises:
        WorldError: on creation, for another kind of obstacle or a velocity that is no three finite numbers.
    """

    obstacle: Sphere | Box | Capsule
    velocity: ArrayLike

    def __post_init__(self) -> None:
        if not isinstance(self.obstacle, Sphere | Box | Capsule):
            kind = type(self.obstacle).__name__
            raise WorldError(f"a moving obstacle must be a sphere, box or capsule; this is a {kind}.")
        velocity = np.asarray(self.velocity, float)
        if velocity.shape != (3,) or not np.isfinite(velocity).all():
            raise WorldError(f"a moving obstacle's velocity is {self.velocity}; give three finite numbers.")


def grown(obstacle: Obstacle, margin: float) -> Obstacle:
    """An obstacle that contains all within a margin in m of this one; boxes and cylinders keep edges."""
    if isinstance(obstacle, Sphere | Capsule):
        return replace(obstacle, radius=obstacle.radius + margin)
    if isinstance(obstacle, Box):
        return replace(obstacle, size=np.asarray(obstacle.size, float) + 2 * margin)
    if isinstance(obstacle, Cylinder):
        return replace(obstacle, radius=obstacle.radius + margin, height=obstacle.height + 2 * margin)
    if isinstance(obstacle, Cloud):
        return replace(obstacle, radii=np.asarray(obstacle.radii, float) + margin)
    return replace(obstacle, values=np.asarray(obstacle.values) - margin)


def box_row(obstacle: Sphere | Box | Capsule, direction: np.ndarray) -> np.ndarray:
    """An obstacle as a box with a radius around it (16,): centre, rotation, half edges, radius.

    That of a sphere is a point, turned so that a way in this direction (3,) is along one of its axes.
    """
    if not isinstance(obstacle, Sphere):
        return obstacle.row()
    turn = with_z(direction) if np.linalg.norm(direction) > _STILL else np.eye(3)
    return np.concatenate([obstacle.row()[:3], turn.ravel(), np.zeros(3), obstacle.row()[3:]])


def swept_rows(row: np.ndarray, way: np.ndarray, margin: float) -> np.ndarray:
    """All that a row (16,) of `box_row` passes on a straight way (3,) in m, with a margin: rows (m, 16).

    Along one of its axes that is a longer box, exactly: spheres sweep capsules. Otherwise the way is cut into
    pieces, and boxes are longer along all of their axes.
    """
    along = np.abs(way @ row[3:12].reshape(3, 3))
    is_along_axis = np.sort(along)[1] < _STILL
    pieces = 1 if is_along_axis else int(np.ceil(np.linalg.norm(way) / PIECE))
    rows = np.tile(row, (pieces, 1))
    rows[:, :3] += (np.arange(pieces) + 0.5)[:, None] / pieces * way
    rows[:, 12:15] += along / (2 * pieces)
    rows[:, 15] += margin
    return rows


def swept(row: np.ndarray, way: np.ndarray, margin: float) -> list[Obstacle]:
    """The same as obstacles, boxes with their edges."""
    shapes: list[Obstacle] = []
    for part in swept_rows(row, way, margin):
        rotation, half, radius = part[3:12].reshape(3, 3), part[12:15], float(part[15])
        if half[:2].max() > _STILL:
            turn = Rotation.from_matrix(rotation).as_quat(scalar_first=True)
            shapes.append(Box(part[:3], 2 * (half + radius), turn))
        else:
            line = half[2] * rotation[:, 2]
            shapes.append(Capsule(part[:3] - line, part[:3] + line, radius))
    return shapes
