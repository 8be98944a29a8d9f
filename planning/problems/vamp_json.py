"""MotionBenchMaker's problems as VAMP's script writes them to one JSON file.

`{robot, joints, problems: {SCENE: [{index, valid, start, goals, sphere, cylinder, box}]}}`; boxes have half
edge lengths, cylinders radius and length, quaternions are x, y, z, w. `valid` is what VAMP's checker says.
"""

from __future__ import annotations

import numpy as np

from ..collision.obstacles import Box, Cylinder, Obstacle, Sphere
from ..collision.world import World
from ..errors import WorldError
from .fields import Field
from .problem import Problem


def problems_of_vamp(document: Field) -> list[Problem]:
    """Problems of a parsed file, in its order.

    Raises:
        ProblemError: a field that is missing or cannot be used.
    """
    robot, joints = document["robot"].text(), document["joints"].texts()
    return [
        _problem(robot, joints, scene, entry)
        for scene, entries in document["problems"].named()
        for entry in entries.items()
    ]


def _problem(robot: str, joints: tuple[str, ...], scene: str, entry: Field) -> Problem:
    valid = entry.get("valid")
    index = entry["index"].number()
    if index != int(index):
        entry["index"].refuse(f"is {index:g}; it must be a whole number")
    return Problem(
        f"{scene}/{int(index):04d}",
        robot,
        joints,
        entry["start"].numbers(len(joints)),
        np.array([goal.numbers(len(joints)) for goal in entry["goals"].items(1)]),
        _world(entry),
        valid=valid.truth() if valid else None,
    )


def _world(entry: Field) -> World:
    obstacles: dict[str, Obstacle] = {}
    for kind in ("sphere", "cylinder", "box"):
        found = entry.get(kind)
        for thing in found.items() if found else []:
            name = thing["name"].text()
            if name in obstacles:
                thing["name"].refuse(f"'{name}' is there twice")
            try:
                obstacles[name] = _obstacle(kind, thing)
            except WorldError as error:
                thing.refuse(f"is no obstacle: {str(error).rstrip('.')}")
    return World(obstacles)


def _obstacle(kind: str, thing: Field) -> Obstacle:
    centre = thing["position"].numbers(3)
    if kind == "sphere":
        return Sphere(centre, thing["radius"].number())
    turn = thing["orientation_quat_xyzw"].quaternion_xyzw()
    if kind == "box":
        return Box(centre, 2 * thing["half_extents"].numbers(3), turn)
    return Cylinder(centre, thing["radius"].number(), thing["length"].number(), turn)
