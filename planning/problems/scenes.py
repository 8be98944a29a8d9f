"""Random surroundings of an arm that stands in the origin, X forward, Z up: a table, a shelf, two bins.

Each has places that the tool may be asked to go to: between the things on the table, inside a compartment,
down in a bin. Sizes are those of a workbench in a warehouse; an arm with a reach of 0.85 m gets to all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from ..collision.obstacles import Box, Cylinder, Obstacle
from ..rotations import with_z

Places = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]
"""Draws a position (3,) in m and the direction (3,) in which the tool points there."""


@dataclass
class Scene:
    """Obstacles, and regions to reach, each with a drawing of places in it."""

    obstacles: dict[str, Obstacle] = field(default_factory=dict)
    regions: list[Places] = field(default_factory=list)


def tabletop(rng: np.random.Generator) -> Scene:
    """A table before the arm with up to ten boxes and cylinders; the tool reaches down between them."""
    top = rng.uniform(-0.05, 0.2)
    scene = Scene({"table": Box((0.62, 0, top - 0.02), (0.84, 1.5, 0.04))})
    taken: list[np.ndarray] = []
    for number in range(int(rng.integers(5, 11))):
        spot = _spot(rng, 0.35, 0.75, 1.2)
        if any(np.linalg.norm(spot - other) < 0.13 for other in taken):
            continue
        taken.append(spot)
        scene.obstacles[f"thing{number}"] = _thing(rng, np.array([*spot, top]), 0.12, 0.38)

    def above(draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        spot = _spot(draw, 0.35, 0.7, 1.1)
        return np.array([*spot, top + draw.uniform(0.03, 0.15)]), _tilted(draw, [0, 0, -1], 0.3)

    scene.regions = [above]
    return scene


def shelf(rng: np.random.Generator) -> Scene:
    """A shelf of three compartments, turned about the arm; the tool reaches into one from the front."""
    depth, width, thick = rng.uniform(0.28, 0.36), rng.uniform(0.7, 0.9), 0.02
    front, bottom, pitch = rng.uniform(0.42, 0.52), rng.uniform(0.0, 0.12), rng.uniform(0.26, 0.34)
    turn = Rotation.from_euler("z", rng.uniform(-0.8, 0.8))
    height = 3 * pitch + thick
    scene = Scene()

    def place(name: str, centre: tuple[float, float, float], size: tuple[float, float, float]) -> None:
        scene.obstacles[name] = Box(turn.apply(centre), size, turn.as_quat(scalar_first=True))

    for level in range(4):
        z = bottom + level * pitch
        place(f"board{level}", (front + depth / 2, 0, z + thick / 2), (depth, width, thick))
    for name, side in (("left", 1), ("right", -1)):
        y = side * (width + thick) / 2
        place(name, (front + depth / 2, y, bottom + height / 2), (depth, thick, height))
    place("back", (front + depth + thick / 2, 0, bottom + height / 2), (thick, width, height))
    for level in range(3):
        base = bottom + level * pitch + thick
        for number in range(int(rng.integers(0, 3))):
            at = (front + depth - 0.07, rng.uniform(-width / 2 + 0.06, width / 2 - 0.06), base)
            tall = min(0.2, pitch - 0.08)
            scene.obstacles[f"thing{level}{number}"] = _thing(rng, turn.apply(at), 0.08, tall)

        def inside(draw: np.random.Generator, base: float = base) -> tuple[np.ndarray, np.ndarray]:
            y = draw.uniform(-width / 2 + 0.15, width / 2 - 0.15)
            z = base + draw.uniform(0.35, 0.65) * (pitch - thick)
            at = (front + draw.uniform(0.04, 0.16), y, z)
            return turn.apply(at), turn.apply(_tilted(draw, [1, 0, 0], 0.3))

        scene.regions.append(inside)
    return scene


def two_bins(rng: np.random.Generator) -> Scene:
    """Two open bins on a table, with a few things in them; the tool reaches down into one."""
    top = rng.uniform(-0.1, 0.05)
    scene = Scene({"table": Box((0.62, 0, top - 0.02), (0.84, 1.6, 0.04))})
    tall = rng.uniform(0.12, 0.24)
    for name, side in (("left", 1), ("right", -1)):
        _bin(scene, rng, name, side * rng.uniform(0.45, 0.85), rng.uniform(0.5, 0.58), top, tall)
    return scene


def _bin(
    scene: Scene, rng: np.random.Generator, name: str, bearing: float, away: float, top: float, tall: float
) -> None:
    length, width, thick = rng.uniform(0.36, 0.44), rng.uniform(0.28, 0.34), 0.015
    turn = Rotation.from_euler("z", bearing + rng.uniform(-0.3, 0.3))
    centre = np.array([away * np.cos(bearing), away * np.sin(bearing), top])
    walls = {
        "front": ((-length / 2, 0), (thick, width)),
        "back": ((length / 2, 0), (thick, width)),
        "near": ((0, -width / 2), (length, thick)),
        "far": ((0, width / 2), (length, thick)),
    }
    for wall, ((x, y), (a, b)) in walls.items():
        at = centre + turn.apply((x, y, tall / 2))
        scene.obstacles[f"{name}_{wall}"] = Box(at, (a, b, tall), turn.as_quat(scalar_first=True))
    for number in range(int(rng.integers(0, 4))):
        at = turn.apply((rng.uniform(-0.13, 0.13), rng.uniform(-0.08, 0.08), 0))
        scene.obstacles[f"{name}_thing{number}"] = _thing(rng, centre + at, 0.08, 0.1)

    def inside(draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x, y = draw.uniform(-0.1, 0.1), draw.uniform(-0.06, 0.06)
        at = centre + turn.apply((x, y, draw.uniform(0.03, 0.8 * tall)))
        return at, _tilted(draw, [0, 0, -1], 0.25)

    scene.regions.append(inside)


def _spot(rng: np.random.Generator, near: float, far: float, bearing: float) -> np.ndarray:
    """A point (2,) in front of the arm, uniform by distance and bearing."""
    away, angle = rng.uniform(near, far), rng.uniform(-bearing, bearing)
    return away * np.array([np.cos(angle), np.sin(angle)])


def _thing(rng: np.random.Generator, foot: np.ndarray, wide: float, tall: float) -> Obstacle:
    """A box or cylinder that stands on a point."""
    height = rng.uniform(0.05, tall)
    centre = foot + np.array([0, 0, height / 2])
    if rng.random() < 0.5:
        return Cylinder(centre, rng.uniform(0.02, wide / 2), height)
    turn = Rotation.from_euler("z", rng.uniform(-np.pi, np.pi))
    size = (*rng.uniform(0.03, wide, 2), height)
    return Box(centre, size, turn.as_quat(scalar_first=True))


def _tilted(rng: np.random.Generator, direction: list[float], most: float) -> np.ndarray:
    """A direction (3,) at most so many rad from another."""
    angle, about = most * np.sqrt(rng.random()), rng.uniform(-np.pi, np.pi)
    local = [np.sin(angle) * np.cos(about), np.sin(angle) * np.sin(about), np.cos(angle)]
    return with_z(np.array(direction, float)) @ local
