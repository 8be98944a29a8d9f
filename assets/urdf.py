"""URDF as other people write it, for MuJoCo: `package://` meshes found, mimic joints kept."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import mujoco

from .mesh_files import find_mesh

_MESHES = (".stl", ".obj", ".msh", ".ply")


def read_urdf(path: Path) -> mujoco.MjSpec:
    """Read a URDF file.

    Looks in formats that MuJoCo cannot read (Collada) are left out; mimic joints become joint equalities.

    Raises:
        ValueError: the XML is broken, MuJoCo refuses it, or a mesh that collides is missing or unreadable.
    """
    try:
        robot = ET.fromstring(path.read_text(errors="replace"))
    except ET.ParseError as error:
        raise ValueError(f"XML: {error}") from error
    for link in robot.iter("link"):
        for shape in [*link.findall("visual"), *link.findall("collision")]:
            if not _find_meshes(shape, path):
                link.remove(shape)
    _settle_compiler(robot)
    spec = mujoco.MjSpec.from_string(ET.tostring(robot, encoding="unicode"))
    for joint in robot.findall("joint"):
        _add_mimic(spec, joint)
    return spec


def _find_meshes(shape: ET.Element, path: Path) -> bool:
    """Point the meshes of a shape to their files; whether the shape can be kept."""
    for mesh in shape.iter("mesh"):
        name = mesh.get("filename", "")
        file = find_mesh(name, path)
        readable = file is not None and file.suffix.lower() in _MESHES
        if not readable and shape.tag == "visual":
            return False
        if file is None:
            raise ValueError(f"collision mesh {name} is not there; put the file next to the URDF")
        if not readable:
            raise ValueError(f"collision mesh {name} is no {', '.join(_MESHES)} file; convert it")
        mesh.set("filename", str(file))
    return True


def _settle_compiler(robot: ET.Element) -> None:
    """Keep visuals and whole paths, unless the file's own `<mujoco>` says otherwise."""
    extension = robot.find("mujoco")
    if extension is None:
        extension = ET.SubElement(robot, "mujoco")
    compiler = extension.find("compiler")
    if compiler is None:
        compiler = ET.SubElement(extension, "compiler")
    compiler.attrib.update({"strippath": "false", "discardvisual": compiler.get("discardvisual", "false")})
    compiler.attrib.pop("meshdir", None)


def _add_mimic(spec: mujoco.MjSpec, joint: ET.Element) -> None:
    mimic = joint.find("mimic")
    if mimic is None or spec.joint(joint.get("name", "")) is None:
        return
    equality = spec.add_equality(
        name=f"{joint.get('name')}_mimic",
        type=mujoco.mjtEq.mjEQ_JOINT,
        objtype=mujoco.mjtObj.mjOBJ_JOINT,
        name1=joint.get("name"),
        name2=mimic.get("joint"),
    )
    # Position of the follower: offset + multiplier times the leader's.
    equality.data[:2] = float(mimic.get("offset", 0)), float(mimic.get("multiplier", 1))
