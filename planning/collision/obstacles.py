"""What stands in a robot's way: shapes in the base link of the group that is planned, in m."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..errors import PoseError, WorldError
from ..kinematics import inputs
from ..rotations import with_z

_NO_TURN = (1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class _Shape:
    _row: np.ndarray = field(init=False, repr=False)

    def row(self) -> np.ndarray:
        """What compiled code takes, made on creation: a world of many shapes is then made in no time."""
        return self._row

    def _keep(self, *parts: ArrayLike) -> None:
        row = np.concatenate([np.asarray(part, float) for part in parts])
        object.__setattr__(self, "_row", row)


@dataclass(frozen=True, eq=False)
class Sphere(_Shape):
    """A ball.

    Attributes:
        centre: (3,) in m.
        radius: in m.

    Raises:
        WorldError: on creation, for a value that is no number or a radius that is not positive.
    """

    centre: ArrayLike
    radius: float

    def __post_init__(self) -> None:
        _positive("radius", self.radius)
        self._keep(_pose(self.centre, _NO_TURN)[:3], [self.radius])


@dataclass(frozen=True, eq=False)
class Box(_Shape):
    """An oriented box.

    Attributes:
        centre: (3,) in m.
        size: (3,) full edge lengths in m.
        quaternion: (4,) wxyz of length 1, turns the box's axes to the base's.

    Raises:
        WorldError: on creation, for values that are no numbers, no size, or a quaternion not normalised.
    """

    centre: ArrayLike
    size: ArrayLike
    quaternion: ArrayLike = _NO_TURN

    def __post_init__(self) -> None:
        _positive("size", self.size, 3)
        half = np.asarray(self.size, float) / 2
        self._keep(_pose(self.centre, self.quaternion), half, [0.0])  # boxes and capsules are one loop


@dataclass(frozen=True, eq=False)
class Capsule(_Shape):
    """All points within a radius of a straight line.

    Attributes:
        start: (3,) end of the line in m.
        end: (3,) its other end; may be the same.
        radius: in m.

    Raises:
        WorldError: on creation, for values that are no numbers or a radius that is not positive.
    """

    start: ArrayLike
    end: ArrayLike
    radius: float

    def __post_init__(self) -> None:
        _positive("radius", self.radius)
        start, end = (_pose(point, _NO_TURN)[:3] for point in (self.start, self.end))
        length = float(np.linalg.norm(end - start))
        turn = (with_z(end - start) if length > 1e-12 else np.eye(3)).ravel()
        # A box that is only a line, with a radius around it.
        self._keep((start + end) / 2, turn, [0.0, 0.0, length / 2, self.radius])


@dataclass(frozen=True, eq=False)
class Cylinder(_Shape):
    """A round column with flat ends; its axis is its own z.

    Attributes:
        centre: (3,) in m, half way up.
        radius: in m.
        height: in m.
        quaternion: (4,) wxyz of length 1, turns its axes to the base's.

    Raises:
        WorldError: on creation, for values that are no numbers, no size, or a quaternion not normalised.
    """

    centre: ArrayLike
    radius: float
    height: float
    quaternion: ArrayLike = _NO_TURN

    def __post_init__(self) -> None:
        _positive("radius", self.radius)
        _positive("height", self.height)
        self._keep(_pose(self.centre, self.quaternion), [self.radius, self.height / 2])


@dataclass(frozen=True, eq=False)
class Cloud(_Shape):
    """Many balls under one name, such as those that `cloud.cloud_of` puts around a camera's points.

    Attributes:
        centres: (m, 3) in m.
        radii: (m,) in m.

    Raises:
        WorldError: on creation, for other shapes, values that are no numbers, or a radius not positive.
    """

    centres: ArrayLike
    radii: ArrayLike

    def __post_init__(self) -> None:
        object.__setattr__(self, "_row", spheres_of(self.centres, self.radii))


@dataclass(frozen=True, eq=False)
class DistanceGrid(_Shape):
    """Signed distances at the nodes of a grid, as mapping makes them; trilinear between nodes.

    Beyond the grid's nodes nothing is known and space counts as free: there the distance is that to the
    grid plus the least at its outer nodes, or what the nearest node leaves of its own, whichever is more.

    Attributes:
        origin: (3,) position of node (0, 0, 0) in m.
        voxel: distance in m between nodes.
        values: (X, Y, Z) signed distances in m, negative inside; at least 2 nodes along each axis.
        quaternion: (4,) wxyz of length 1, turns the grid's axes to the base's.

    Raises:
        WorldError: on creation, for values that are no numbers, another shape, or a voxel without size.
    """

    origin: ArrayLike
    voxel: float
    values: np.ndarray
    quaternion: ArrayLike = _NO_TURN

    def __post_init__(self) -> None:
        _positive("voxel", self.voxel)
        values = np.asarray(self.values)
        if values.ndim != 3 or min(values.shape) < 2:
            raise WorldError(f"its values have the shape {values.shape}; it must be (X, Y, Z), each >= 2.")
        if not np.isfinite(values).all():
            raise WorldError("its values must be finite numbers; give unknown nodes a distance.")
        faces = (values[[0, -1]], values[:, [0, -1]], values[:, :, [0, -1]])
        outer = max(0.0, min(float(face.min()) for face in faces))
        self._keep(_pose(self.origin, self.quaternion), [self.voxel], values.shape, [outer])


Obstacle: TypeAlias = Sphere | Cloud | Box | Capsule | Cylinder | DistanceGrid


def spheres_of(centres: ArrayLike, radii: ArrayLike) -> np.ndarray:
    """Spheres (m, 4) of an object, one at least.

    Raises:
        WorldError: other shapes, values that are no numbers, or a radius that is not positive.
    """
    try:
        spheres = np.column_stack([np.atleast_2d(np.asarray(centres, float)), np.atleast_1d(radii)])
    except (TypeError, ValueError) as error:
        raise WorldError("centres (m, 3) and radii (m,) must be numbers, as many of each.") from error
    if spheres.shape[1] != 4 or not len(spheres) or not np.isfinite(spheres).all():
        raise WorldError("centres (m, 3) and radii (m,) must be finite numbers, one sphere at least.")
    _positive("radii", spheres[:, 3], len(spheres))
    return spheres


def _pose(position: ArrayLike, quaternion: ArrayLike) -> np.ndarray:
    """Position and rotation matrix row by row (12,)."""
    try:
        (at,), (turn,) = (values.tolist() for values in inputs.poses(position, quaternion))
    except (PoseError, ValueError) as error:
        raise WorldError(f"its {error}") from error
    w, x, y, z = turn
    rotation = [
        *(1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        *(2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        *(2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    ]
    return np.array(at + rotation)


def _positive(field: str, value: ArrayLike, count: int = 1) -> None:
    try:
        values = np.asarray(value, float).ravel()
    except (TypeError, ValueError) as error:
        raise WorldError(f"its {field} is {value!r}; it must be numbers.") from error
    if values.shape != (count,) or not (np.isfinite(values) & (values > 0)).all():
        what = "a positive number" if count == 1 else f"{count} positive numbers"
        raise WorldError(f"its {field} is {values.tolist()} m; it must be {what}.")
