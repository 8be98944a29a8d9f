"""Our own file of problems: JSON in m and rad, quaternions wxyz.

`{format: "gaitway-problems", version: 1, problems: [{name, robot, joints, base, tip, start, goals, poses,
held, valid, obstacles: {NAME: {kind, ...}}}]}`. An obstacle has the fields of its class in
`collision/obstacles.py`; base, tip, poses, held and valid may be left out, and goals where there are poses.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...assets.whole_file import whole_file
from ..collision.obstacles import Box, Capsule, Cylinder, Obstacle, Sphere
from ..collision.world import World
from ..errors import ProblemError, WorldError
from .fields import Field
from .problem import Problem

FORMAT, VERSION = "gaitway-problems", 1
# Fields of each kind, and how many numbers each has; 4 is a quaternion, 1 a number by itself.
_KINDS = {
    "sphere": (Sphere, {"centre": 3, "radius": 1}),
    "box": (Box, {"centre": 3, "size": 3, "quaternion": 4}),
    "capsule": (Capsule, {"start": 3, "end": 3, "radius": 1}),
    "cylinder": (Cylinder, {"centre": 3, "radius": 1, "height": 1, "quaternion": 4}),
}


def save_problems(path: Path, problems: Sequence[Problem]) -> None:
    """Write problems, whole or not at all.

    Raises:
        ProblemError: an obstacle is a grid, which this format has no word for, or a name is there twice.
    """
    text = problems_json(problems)
    with whole_file(path) as temporary:
        temporary.write_text(text)


def problems_json(problems: Sequence[Problem]) -> str:
    """The text of the file, a line for each problem, so that differences can be read."""
    lines = [json.dumps(_document(problem), allow_nan=False) for problem in problems]
    head = f'{{"format": "{FORMAT}", "version": {VERSION}, "problems": [\n'
    return head + ",\n".join(lines) + "\n]}\n"


def problems_of_own(document: Field) -> list[Problem]:
    """Problems of a parsed file, in its order.

    Raises:
        ProblemError: another version, or a field that is missing or cannot be used.
    """
    if document["version"].value != VERSION:
        document["version"].refuse(f"is {document['version'].value!r}; {VERSION} can be read")
    return [_problem(entry) for entry in document["problems"].items()]


def _document(problem: Problem) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": problem.name,
        "robot": problem.robot,
        "joints": list(problem.joints),
        "base": problem.base,
        "tip": problem.tip,
        "start": problem.start.tolist(),
        "goals": problem.goals.tolist(),
        "poses": problem.poses.tolist(),
        "held": dict(problem.held),
        "valid": problem.valid,
        "obstacles": {name: _shape(name, shape) for name, shape in problem.world.obstacles.items()},
    }
    return {key: value for key, value in document.items() if value not in (None, [], {})}


def _shape(name: str, obstacle: Obstacle) -> dict[str, Any]:
    for kind, (made, fields) in _KINDS.items():
        if type(obstacle) is made:
            values = {field: np.asarray(getattr(obstacle, field), float).tolist() for field in fields}
            return {"kind": kind, **values}
    raise ProblemError(f"obstacle '{name}' is a {type(obstacle).__name__}, which {FORMAT} has no word for.")


def _problem(entry: Field) -> Problem:
    joints = entry["joints"].texts()
    goals, poses, held = entry.get("goals"), entry.get("poses"), entry.get("held")
    valid, base, tip, obstacles = (entry.get(key) for key in ("valid", "base", "tip", "obstacles"))
    if goals is None and poses is None:
        entry.refuse("has neither goals nor poses")
    rows = [goal.numbers(len(joints)) for goal in goals.items(1)] if goals else []
    return Problem(
        entry["name"].text(),
        entry["robot"].text(),
        joints,
        entry["start"].numbers(len(joints)),
        np.array(rows).reshape(-1, len(joints)),
        World({name: _obstacle(shape) for name, shape in obstacles.named()} if obstacles else {}),
        poses=np.array([_pose(pose) for pose in poses.items(1)] if poses else []).reshape(-1, 7),
        held={name: value.number() for name, value in held.named()} if held else {},
        base=base.text() if base else None,
        tip=tip.text() if tip else None,
        valid=valid.truth() if valid else None,
    )


def _pose(pose: Field) -> np.ndarray:
    values = pose.numbers(7)
    turn = Field(values[3:].tolist(), pose.file, pose.name).quaternion_wxyz()
    return np.concatenate([values[:3], turn])


def _obstacle(shape: Field) -> Obstacle:
    kind = shape["kind"].text()
    if kind not in _KINDS:
        shape["kind"].refuse(f"is '{kind}'; it must be one of {', '.join(_KINDS)}")
    made, fields = _KINDS[kind]
    values: dict[str, Any] = {}
    for name, count in fields.items():
        if name == "quaternion":
            values[name] = shape[name].quaternion_wxyz()
        else:
            values[name] = shape[name].numbers(count) if count > 1 else shape[name].number()
    try:
        return made(**values)
    except WorldError as error:
        shape.refuse(f"is no obstacle: {str(error).rstrip('.')}")
