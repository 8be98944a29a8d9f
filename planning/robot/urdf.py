"""Reads robots from URDF (http://wiki.ros.org/urdf/XML): links, joints, limits, mimics and shapes."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np

from ...assets.mesh_files import find_mesh
from ..errors import PlanningError, RobotFileError
from .shape import RobotDescription, Shape, check_shape, load_mesh
from .tree import JointRecord, build_tree

_GREATEST_FILE = 32 * 2**20  # bytes; the largest URDF files we met have half a megabyte
_KINDS = {"revolute": "revolute", "continuous": "revolute", "prismatic": "prismatic", "fixed": "fixed"}


def read_urdf(path: Path) -> RobotDescription:
    """Read a robot.

    `planar` and `floating` joints are refused: they have no single value. A velocity of 0 counts as not
    given. Document types and entities are refused before the file is parsed.

    Raises:
        RobotFileError: no such file, no URDF, or a shape that cannot be used.
        RobotModelError: links and joints that form no tree, or limits without room.
    """
    robot = _parse(path)
    try:
        joints = [_joint(element) for element in robot.findall("joint")]
        names = [_need(link, "name") for link in robot.findall("link")]
        tree = build_tree(robot.get("name", path.stem), names, joints)
        links = {_need(link, "name"): link for link in robot.findall("link")}
        shapes = tuple(_shapes(links[name], path) for name in tree.link_names)
    except PlanningError as error:
        raise type(error)(f"{path}: {error}") from error
    return RobotDescription(tree, shapes)


def _parse(path: Path) -> ET.Element:
    if not path.is_file():
        raise RobotFileError(f"{path}: there is no such file.")
    if path.stat().st_size > _GREATEST_FILE:
        raise RobotFileError(f"{path}: is larger than {_GREATEST_FILE >> 20} MB; a URDF is not.")
    text = path.read_text(errors="replace")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise RobotFileError(f"{path}: declares a document type or entities; a URDF needs none, remove them.")
    try:
        robot = ET.fromstring(text)
    except ET.ParseError as error:
        raise RobotFileError(f"{path}: is no XML: {error}.") from error
    if robot.tag != "robot":
        raise RobotFileError(f"{path}: begins with <{robot.tag}>, a URDF with <robot>.")
    return robot


def _need(element: ET.Element, attribute: str) -> str:
    value = element.get(attribute)
    if not value:
        raise RobotFileError(f"a <{element.tag}> has no {attribute}.")
    return value


def _numbers(element: ET.Element, attribute: str, default: str, where: str) -> np.ndarray:
    """Numbers of an attribute, as many as the default has."""
    text = element.get(attribute, default)
    try:
        values = np.array([float(word) for word in text.split()])
    except ValueError:
        values = np.array([np.nan])
    if values.shape != (len(default.split()),) or not np.isfinite(values).all():
        count = len(default.split())
        raise RobotFileError(f'{where}: {attribute}="{text}" should be {count} number{"s" * (count > 1)}.')
    return values


def _pose(parent: ET.Element, where: str) -> np.ndarray:
    """(4, 4) of the `<origin>` in an element: fixed-axis roll, pitch, yaw."""
    pose = np.eye(4)
    origin = parent.find("origin")
    if origin is None:
        return pose
    roll, pitch, yaw = _numbers(origin, "rpy", "0 0 0", where)
    (cr, cp, cy), (sr, sp, sy) = np.cos([roll, pitch, yaw]), np.sin([roll, pitch, yaw])
    pose[:3, :3] = [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]
    pose[:3, 3] = _numbers(origin, "xyz", "0 0 0", where)
    return pose


def _joint(element: ET.Element) -> JointRecord:
    name, kind = _need(element, "name"), _need(element, "type")
    where = f"joint {name}"
    if kind not in _KINDS:
        raise RobotFileError(f"{where}: its type is {kind}; a planner needs {', '.join(_KINDS)}.")
    ends = [element.find(tag) for tag in ("parent", "child")]
    if None in ends:
        raise RobotFileError(f"{where}: has no <parent> or no <child>.")
    parent, child = (_need(end, "link") for end in ends if end is not None)
    record = JointRecord(name, _KINDS[kind], parent, child, _pose(element, where))  # type: ignore[arg-type]
    axis, limit, mimic = (element.find(tag) for tag in ("axis", "limit", "mimic"))
    record.axis = _numbers(axis, "xyz", "1 0 0", where) if axis is not None else (1.0, 0.0, 0.0)
    if limit is not None:
        record.velocity = _positive(limit, "velocity", where)
        record.effort = _positive(limit, "effort", where)
        if kind != "continuous":
            record.lower = float(_numbers(limit, "lower", "0", where)[0])
            record.upper = float(_numbers(limit, "upper", "0", where)[0])
    elif kind in ("revolute", "prismatic"):
        raise RobotFileError(f"{where}: has no <limit>; give one, or make it continuous.")
    if mimic is not None:
        factor = float(_numbers(mimic, "multiplier", "1", where)[0])
        record.mimic = (_need(mimic, "joint"), factor, float(_numbers(mimic, "offset", "0", where)[0]))
    return record


def _positive(limit: ET.Element, attribute: str, where: str) -> float | None:
    value = float(_numbers(limit, attribute, "0", where)[0])
    if value < 0:
        raise RobotFileError(f"{where}: its {attribute} limit is {value:g}; it must be positive.")
    return value or None


def _shapes(link: ET.Element, path: Path) -> tuple[Shape, ...]:
    """What collides of a link; what is drawn if nothing does."""
    elements = link.findall("collision") or link.findall("visual")
    return tuple(
        check_shape(_shape(e, path, f"link {link.get('name')}"), f"link {link.get('name')}") for e in elements
    )


def _shape(element: ET.Element, path: Path, where: str) -> Shape:
    pose, geometry = _pose(element, where), element.find("geometry")
    solid = next(iter(geometry), None) if geometry is not None else None
    if solid is None:
        raise RobotFileError(f"{where}: a <{element.tag}> has no geometry.")
    if solid.tag == "box":
        return Shape("box", tuple(_numbers(solid, "size", "0 0 0", where) / 2), pose)
    if solid.tag == "sphere":
        return Shape("sphere", tuple(_numbers(solid, "radius", "0", where)), pose)
    if solid.tag in ("cylinder", "capsule"):
        radius, length = (float(_numbers(solid, name, "0", where)[0]) for name in ("radius", "length"))
        return Shape("cylinder" if solid.tag == "cylinder" else "capsule", (radius, length / 2), pose)
    if solid.tag != "mesh":
        raise RobotFileError(
            f"{where}: has a <{solid.tag}>; box, sphere, cylinder, capsule and mesh are known."
        )
    name = _need(solid, "filename")
    file = find_mesh(name, path)
    if file is None:
        raise RobotFileError(f"{where}: its mesh {name} is not there; put the file next to the URDF.")
    return Shape("mesh", (), pose, *load_mesh(file, _numbers(solid, "scale", "1 1 1", where)))
