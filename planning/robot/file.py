"""Saves a robot model as one JSON file, and loads it: no code, no pickle, nothing but numbers and names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ...assets.whole_file import whole_file
from ..errors import PlanningError, RobotFileError
from .joint_limits import JointLimits
from .model import RobotModel
from .tree import FIXED, PRISMATIC, REVOLUTE, JointRecord, KinematicTree, build_tree

FORMAT, VERSION = "gaitway-robot", 1
_KINDS = {FIXED: "fixed", REVOLUTE: "revolute", PRISMATIC: "prismatic"}
_LIMITS = ("lower", "upper", "velocity", "acceleration", "jerk", "effort")


def save_robot(path: Path, model: RobotModel) -> None:
    """Write a model, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(robot_json(model))


def robot_json(model: RobotModel) -> str:
    """The text of a model's file; units are m, rad and s, and null stands for no limit."""
    tree = model.tree
    document = {
        "format": FORMAT,
        "version": VERSION,
        "name": tree.name,
        "links": [_link(model, row) for row in range(len(tree.link_names))],
        "joints": [_joint(tree, row) for row in range(1, len(tree.link_names))],
        "pairs": model.pairs.tolist(),
    }
    return json.dumps(document, allow_nan=False) + "\n"


def load_robot(path: Path) -> RobotModel:
    """Read a model.

    Raises:
        RobotFileError: no such file, no JSON, another format, or a field that is missing or of another kind.
        RobotModelError: what it says is no tree, or limits leave no room.
    """
    try:
        document = json.loads(path.read_text())
    except OSError as error:
        raise RobotFileError(f"{path}: {error.strerror}.") from error
    except ValueError as error:
        raise RobotFileError(f"{path}: is no JSON: {error}.") from error
    if not isinstance(document, dict) or (document.get("format"), document.get("version")) != (
        FORMAT,
        VERSION,
    ):
        raise RobotFileError(f"{path}: is no robot of format {FORMAT}, version {VERSION}.")
    try:
        return _model(document)
    except PlanningError as error:
        raise type(error)(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise RobotFileError(f"{path}: a field is missing or of another kind ({error!r}).") from error


def _link(model: RobotModel, row: int) -> dict[str, Any]:
    own = model.sphere_link == row
    spheres = np.column_stack([model.sphere_centre[own], model.sphere_radius[own]])
    bound = [*model.bound_centre[row].tolist(), float(model.bound_radius[row])]
    return {"name": model.tree.link_names[row], "spheres": spheres.tolist(), "bound": bound}


def _joint(tree: KinematicTree, row: int) -> dict[str, Any]:
    joint: dict[str, Any] = {
        "name": tree.joint_names[row],
        "kind": _KINDS[int(tree.joint_type[row])],
        "parent": tree.link_names[tree.parent[row]],
        "child": tree.link_names[row],
        "parent_to_joint": tree.parent_to_joint[row].tolist(),
        "joint_to_link": tree.joint_to_link[row].tolist(),
    }
    if tree.joint_type[row] != FIXED:
        joint["axis"] = tree.axis[row].tolist()
        joint["limits"] = _limits(tree.limits, row)
    if tree.leader[row] != row:
        leader = tree.joint_names[tree.leader[row]]
        joint["mimic"] = [leader, float(tree.multiplier[row]), float(tree.offset[row])]
    return joint


def _limits(limits: JointLimits, row: int) -> dict[str, float | None]:
    values = {name: float(getattr(limits, name)[row]) for name in _LIMITS}
    return {name: value if np.isfinite(value) else None for name, value in values.items()}


def _model(document: dict[str, Any]) -> RobotModel:
    links = document["links"]
    tree = build_tree(document["name"], [link["name"] for link in links], map(_record, document["joints"]))
    by_name = {link["name"]: link for link in links}
    ordered = [by_name[name] for name in tree.link_names]
    if list(by_name) != list(tree.link_names):
        raise RobotFileError("links must stand in the order of the tree, parents first.")
    spheres = [np.array(link["spheres"], float).reshape(-1, 4) for link in ordered]
    bounds = np.array([link["bound"] for link in ordered], float).reshape(-1, 4)
    stacked = np.concatenate(spheres)
    return RobotModel(
        tree,
        np.repeat(np.arange(len(spheres)), [len(own) for own in spheres]).astype(np.int32),
        np.ascontiguousarray(stacked[:, :3]),
        np.ascontiguousarray(stacked[:, 3]),
        np.ascontiguousarray(bounds[:, :3]),
        np.ascontiguousarray(bounds[:, 3]),
        np.array(document["pairs"], np.int8),
    )


def _record(joint: dict[str, Any]) -> JointRecord:
    if joint["kind"] not in _KINDS.values():
        raise RobotFileError(f"joint {joint['name']}: its kind is {joint['kind']}.")
    record = JointRecord(
        joint["name"],
        joint["kind"],
        joint["parent"],
        joint["child"],
        _pose(joint, "parent_to_joint"),
        _pose(joint, "joint_to_link"),
    )
    if record.kind != "fixed":
        record.axis = joint["axis"]
        for name in _LIMITS:
            value = joint["limits"][name]
            if value is not None:
                setattr(record, name, float(value))
    if "mimic" in joint:
        leader, multiplier, offset = joint["mimic"]
        record.mimic = (leader, float(multiplier), float(offset))
    return record


def _pose(joint: dict[str, Any], field: str) -> np.ndarray:
    """A rigid motion (4, 4)."""
    pose = np.array(joint[field], float)
    rotation = pose[:3, :3] if pose.shape == (4, 4) else np.zeros((3, 3))
    is_rotation = np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-6) and np.linalg.det(rotation) > 0
    if not is_rotation or not np.isfinite(pose).all() or not np.allclose(pose[3], [0, 0, 0, 1]):
        raise RobotFileError(f"joint {joint['name']}: {field} is no rigid motion of 4 x 4 numbers.")
    return pose
