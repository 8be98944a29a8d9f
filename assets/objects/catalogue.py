"""What the ten objects are: shape, colliders, mass, friction, look and symmetries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from .loft import TriangleMesh, ellipses, folded_sheet, joined, loft, rectangles, swept

Vec3 = tuple[float, float, float]


class BoxCollider(NamedTuple):
    """A box of `size` in m about `center`, turned about Z by `yaw` rad."""

    size: Vec3
    center: Vec3
    yaw: float = 0.0


@dataclass(frozen=True, eq=False)
class WarehouseObject:
    """One object. Its frame has its origin in the middle of the bounding box, Z up as it stands.

    Attributes:
        name: of the file and the body.
        shape: closed mesh that is seen and scanned.
        colliders: boxes and convex meshes that together are its shape to physics.
        mass: kg, spread evenly over the shape.
        friction: of its surface, against itself.
        color, roughness, metallic: of its UsdPreviewSurface.
        symmetric_turns: rotations (k, 3, 3) besides the identity that leave the shape as it is.
        symmetry_axis: unit vector about which any turn does, or None.
        is_box: whether the shape is a cuboid.
    """

    name: str
    shape: TriangleMesh
    colliders: tuple[BoxCollider | TriangleMesh, ...]
    mass: float
    friction: float
    color: Vec3
    roughness: float = 0.7
    metallic: float = 0.0
    symmetric_turns: np.ndarray = field(default_factory=lambda: np.empty((0, 3, 3)))
    symmetry_axis: Vec3 | None = None
    is_box: bool = False


_CARDBOARD: Vec3 = (0.62, 0.45, 0.28)
_HALF_TURN_X, _HALF_TURN_Y, _HALF_TURN_Z = (
    np.diag(d).astype(float) for d in ((1, -1, -1), (-1, 1, -1), (-1, -1, 1))
)
_HALF_TURNS = np.stack([_HALF_TURN_X, _HALF_TURN_Y, _HALF_TURN_Z])
_QUARTER_TURN_Z = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])


def _centered(shape: TriangleMesh) -> tuple[TriangleMesh, np.ndarray]:
    """The shape about the middle of its bounding box, and where that was."""
    middle = (shape.vertices.min(axis=0) + shape.vertices.max(axis=0)) / 2
    return TriangleMesh(shape.vertices - middle, shape.faces), middle


def _carton(name: str, size: Vec3, mass: float, color: Vec3 = _CARDBOARD) -> WarehouseObject:
    x, y, z = size
    shape = loft(rectangles([(x, y, -z / 2), (x, y, z / 2)]))
    turns = _HALF_TURNS
    if x == y:  # a square base adds quarter turns
        turns = np.concatenate([turns, [_QUARTER_TURN_Z @ t for t in (np.eye(3), *_HALF_TURNS)]])
    box = BoxCollider(size, (0.0, 0.0, 0.0))
    return WarehouseObject(name, shape, (box,), mass, 0.5, color, 0.85, symmetric_turns=turns, is_box=True)


def _tote(name: str, size: Vec3, wall: float, mass: float, color: Vec3) -> WarehouseObject:
    x, y, z = size
    w = 2 * wall
    shape = loft(
        rectangles([(x, y, -z / 2), (x, y, z / 2), (x - w, y - w, z / 2), (x - w, y - w, wall - z / 2)])
    )
    colliders = (
        BoxCollider((x, y, wall), (0.0, 0.0, (wall - z) / 2)),
        *(BoxCollider((wall, y, z), (s * (x - wall) / 2, 0.0, 0.0)) for s in (-1, 1)),
        *(BoxCollider((x, wall, z), (0.0, s * (y - wall) / 2, 0.0)) for s in (-1, 1)),
    )
    return WarehouseObject(name, shape, colliders, mass, 0.5, color, 0.5, symmetric_turns=_HALF_TURN_Z[None])


def _bottle(
    name: str, body: Sequence[Vec3], neck: Sequence[Vec3], mass: float, color: Vec3, is_round: bool
) -> WarehouseObject:
    """From rows of (radius along X, radius along Y, z): the neck stands on the body's last row."""
    shape, middle = _centered(loft(ellipses([*body, *neck])))
    colliders = tuple(
        TriangleMesh(part.vertices - middle, part.faces)
        for part in (loft(ellipses(rows, 24)) for rows in (body, [*body[-1:], *neck]))
    )
    return WarehouseObject(
        name,
        shape,
        colliders,
        mass,
        0.5,
        color,
        0.35,
        symmetric_turns=np.empty((0, 3, 3)) if is_round else _HALF_TURN_Z[None],
        symmetry_axis=(0.0, 0.0, 1.0) if is_round else None,
    )


def _mug(name: str, radius: float, height: float, wall: float, mass: float, color: Vec3) -> WarehouseObject:
    inner = radius - wall
    cup = loft(
        ellipses(
            [(radius, radius, 0), (radius, radius, height), (inner, inner, height), (inner, inner, wall)]
        )
    )
    angle = np.linspace(-np.pi / 2, np.pi / 2, 13)
    reach, half = 0.032, 0.3 * height
    path = np.column_stack(
        [radius - wall / 2 + reach * np.cos(angle), np.zeros(13), height / 2 + half * np.sin(angle)]
    )
    handle = swept(path, 0.012, 0.007)
    shape, middle = _centered(joined([cup, loft(handle)]))
    sides = 16
    yaws = 2 * np.pi * (np.arange(sides) + 0.5) / sides
    width = 2 * radius * np.tan(np.pi / sides)
    axis = -middle
    staves = [
        BoxCollider(
            (wall, width, height),
            (axis[0] + (radius - wall / 2) * np.cos(yaw), (radius - wall / 2) * np.sin(yaw), 0.0),
            float(yaw),
        )
        for yaw in yaws
    ]
    base = loft(ellipses([(radius, radius, 0), (radius, radius, wall)], 32))
    parts = [base, *(loft(handle[k : k + 4]) for k in range(0, 12, 3))]
    colliders = [TriangleMesh(part.vertices - middle, part.faces) for part in parts]
    return WarehouseObject(name, shape, (*staves, *colliders), mass, 0.5, color, 0.3)


def _bracket(
    name: str, path: Sequence[tuple[float, float]], thickness: float, width: float, turns: np.ndarray
) -> WarehouseObject:
    """A folded sheet of steel; each leg is a box to physics."""
    loops = folded_sheet(path, thickness, width)
    shape, middle = _centered(loft(loops))
    legs = []
    for k in range(len(path) - 1):
        leg = loft(loops[k : k + 2])
        legs.append(TriangleMesh(leg.vertices - middle, leg.faces))
    mass = round(7850 * thickness * width * float(np.abs(np.diff(np.array(path), axis=0)).sum()), 3)
    return WarehouseObject(
        name, shape, tuple(legs), mass, 0.4, (0.55, 0.57, 0.60), 0.35, 0.6, symmetric_turns=turns
    )


CATALOGUE: dict[str, WarehouseObject] = {
    item.name: item
    for item in (
        _carton("carton_small", (0.16, 0.10, 0.06), 0.35),
        _carton("carton_flat", (0.24, 0.13, 0.045), 0.45, (0.70, 0.54, 0.36)),
        _carton("carton_tall", (0.09, 0.09, 0.20), 0.50, (0.55, 0.38, 0.22)),
        _tote("tote_blue", (0.30, 0.20, 0.12), 0.005, 0.60, (0.10, 0.25, 0.55)),
        _tote("tote_grey", (0.20, 0.15, 0.08), 0.004, 0.30, (0.45, 0.47, 0.48)),
        _bottle(
            "bottle_round",
            [
                (0.032, 0.032, 0.0),
                (0.035, 0.035, 0.005),
                (0.035, 0.035, 0.135),
                (0.030, 0.030, 0.155),
                (0.016, 0.016, 0.175),
            ],
            [(0.013, 0.013, 0.185), (0.013, 0.013, 0.192), (0.016, 0.016, 0.192), (0.016, 0.016, 0.210)],
            0.40,
            (0.15, 0.45, 0.60),
            True,
        ),
        _bottle(
            "bottle_flat",
            [
                (0.047, 0.027, 0.0),
                (0.050, 0.030, 0.004),
                (0.050, 0.030, 0.150),
                (0.042, 0.027, 0.175),
                (0.017, 0.017, 0.195),
            ],
            [(0.017, 0.017, 0.225), (0.012, 0.012, 0.240)],
            0.50,
            (0.85, 0.62, 0.10),
            False,
        ),
        _mug("mug", 0.041, 0.095, 0.004, 0.33, (0.75, 0.20, 0.16)),
        _bracket("bracket_l", [(0.0, 0.09), (0.0, 0.0), (0.13, 0.0)], 0.005, 0.06, np.empty((0, 3, 3))),
        _bracket(
            "bracket_u",
            [(-0.04, 0.06), (-0.04, 0.0), (0.04, 0.0), (0.04, 0.06)],
            0.004,
            0.10,
            _HALF_TURN_Z[None],
        ),
    )
}
"""The ten objects by name."""
