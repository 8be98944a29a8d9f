"""MJCF spelled out for MuJoCo's USD reader: no default classes, explicit inertias, one joint a body."""

from __future__ import annotations

import ctypes
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import mujoco

from .mjcf_frames import dissolve_frames, set_numbers
from .mjcf_names import name_everything
from .urdf import read_urdf

# Compiler settings whose work is done once masses and inertias are spelled out.
_SETTLED = (
    *("inertiafromgeom", "inertiagrouprange", "balanceinertia", "boundmass", "boundinertia"),
    *("settotalmass", "fusestatic", "alignfree", "discardvisual"),
)
_OURS = ("contact", "equality", "tendon", "sensor", "keyframe", "custom", "deformable")
_WITH_DEFAULTS = ("asset", "worldbody", "contact", "equality", "tendon", "actuator")
_STUB = "__joint"


@dataclass
class Spelled:
    """A robot file in full: MJCF in which everything has a name, and the model that MuJoCo makes of it."""

    mjcf: ET.Element
    original: mujoco.MjModel


def spell_out(path: Path) -> Spelled:
    """Read an MJCF or URDF file through MuJoCo; every element gets a name and its defaults' attributes.

    Names become USD identifiers, different among siblings and among elements of a kind.

    Raises:
        ValueError: MuJoCo refuses the file.
    """
    spec = read_urdf(path) if path.suffix == ".urdf" else mujoco.MjSpec.from_file(str(path))
    spec.meshdir = str((path.parent / spec.meshdir).resolve())
    spec.texturedir = str((path.parent / spec.texturedir).resolve())
    original = spec.compile()
    with _all_digits():
        mjcf = ET.fromstring(spec.to_xml())
    for size in mjcf.findall("size"):
        size.attrib.pop("nkey", None)  # room for keyframes that are not there
    for compiler in mjcf.findall("compiler"):
        for name in _SETTLED:
            compiler.attrib.pop(name, None)
    _inline_defaults(mjcf)
    _write_inertias(mjcf, original)
    _write_mesh_poses(mjcf, spec)
    if mjcf.find("worldbody//frame") is not None:
        dissolve_frames(mjcf)
        _write_poses(mjcf, original)
    name_everything(mjcf)
    return Spelled(mjcf, original)


def _write_inertias(mjcf: ET.Element, model: mujoco.MjModel) -> None:
    """Give every body the mass and inertia that MuJoCo computed for it."""
    bodies = [body for world in mjcf.findall("worldbody") for body in world.iter("body")]
    for row, body in enumerate(bodies, start=1):
        for inertial in body.findall("inertial"):
            body.remove(inertial)
        inertial = ET.Element("inertial")
        set_numbers(inertial, "pos", model.body_ipos[row])
        set_numbers(inertial, "quat", model.body_iquat[row])
        set_numbers(inertial, "mass", model.body_mass[row : row + 1])
        set_numbers(inertial, "diaginertia", model.body_inertia[row])
        body.insert(0, inertial)


def _write_mesh_poses(mjcf: ET.Element, spec: mujoco.MjSpec) -> None:
    """Pose meshes as the file does. MuJoCo writes back what it computed from that, with rounding."""
    geoms = [geom for world in mjcf.findall("worldbody") for geom in _geoms_by_body(world)]
    if len(geoms) != len(spec.geoms):
        return  # MuJoCo fused or dropped some
    for element, geom in zip(geoms, spec.geoms, strict=True):
        if geom.type != mujoco.mjtGeom.mjGEOM_MESH:
            continue
        quaternion = geom.quat
        if geom.alt.type != mujoco.mjtOrientation.mjORIENTATION_QUAT:
            compiler = geom.compiler
            quaternion = spec.resolve_orientation(
                degree=compiler.degree, sequence=compiler.eulerseq, orientation=geom.alt
            )
        set_numbers(element, "pos", geom.pos)
        set_numbers(element, "quat", quaternion)


def _write_poses(mjcf: ET.Element, model: mujoco.MjModel) -> None:
    """Pose bodies and shapes as the compiler did, to the last bit: where parts touch, one decides much."""
    bodies = [body for world in mjcf.findall("worldbody") for body in world.iter("body")]
    for row, body in enumerate(bodies, start=1):
        set_numbers(body, "pos", model.body_pos[row])
        set_numbers(body, "quat", model.body_quat[row])
    geoms = [geom for world in mjcf.findall("worldbody") for geom in _geoms_by_body(world)]
    for row, geom in enumerate(geoms if len(geoms) == model.ngeom else []):
        if model.geom_type[row] != mujoco.mjtGeom.mjGEOM_MESH:  # these have poses of their own, see above
            set_numbers(geom, "pos", model.geom_pos[row])
            set_numbers(geom, "quat", model.geom_quat[row])


def _geoms_by_body(body: ET.Element) -> Iterator[ET.Element]:
    """Geoms in the model's order: those of a body, in its frames too, before those of the bodies below."""
    own = list(_outside_bodies(body))
    yield from (part for part in own if part.tag == "geom")
    for part in own:
        if part.tag == "body":
            yield from _geoms_by_body(part)


def _outside_bodies(parent: ET.Element) -> Iterator[ET.Element]:
    for part in parent:
        if part.tag == "frame":
            yield from _outside_bodies(part)
        else:
            yield part


@contextmanager
def _all_digits() -> Iterator[None]:
    """Let MuJoCo write XML with 17 digits, which are a double; it writes 6, and has no public switch."""
    library = ctypes.CDLL(str(next(Path(mujoco.__file__).parent.glob("libmujoco*"))))
    before = library._mjPRIVATE__get_xml_precision()
    library._mjPRIVATE__set_xml_precision(17)
    try:
        yield
    finally:
        library._mjPRIVATE__set_xml_precision(before)


def _inline_defaults(mjcf: ET.Element) -> None:
    """Write what default classes say into every element, and drop the classes."""
    classes = {}
    for root in mjcf.findall("default"):
        _collect_classes(root, {}, classes)
        mjcf.remove(root)
    main = classes.get("main", {})
    for section in mjcf:
        if section.tag in _WITH_DEFAULTS:
            _apply_classes(section, classes, main)


def _collect_classes(
    default: ET.Element, inherited: dict[str, dict[str, str]], classes: dict[str, dict[str, dict[str, str]]]
) -> None:
    """Class -> element tag -> attributes, with those of the classes around it."""
    own = {tag: dict(attributes) for tag, attributes in inherited.items()}
    for child in default:
        if child.tag != "default":
            own[child.tag] = _overlaid(own.get(child.tag, {}), child.attrib)
    classes[default.get("class", "main")] = own
    for child in default.findall("default"):
        _collect_classes(child, own, classes)


def _apply_classes(
    parent: ET.Element, classes: dict[str, dict[str, dict[str, str]]], current: dict[str, dict[str, str]]
) -> None:
    current = classes.get(parent.attrib.pop("childclass", ""), current)
    for element in parent:
        # Equalities and tendons of every tag share one entry, named like their section.
        tag = parent.tag if parent.tag in ("equality", "tendon") else element.tag
        defaults = classes.get(element.attrib.pop("class", ""), current).get(tag, {})
        element.attrib.update(_overlaid(defaults, element.attrib))
        if element.tag in ("body", "frame"):
            _apply_classes(element, classes, current)


def _overlaid(defaults: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """Attributes over their defaults; the last numbers of a default stay where an attribute has fewer."""
    merged = dict(defaults)
    for name, value in own.items():
        rest = defaults.get(name, "").split()[len(value.split()) :]
        merged[name] = " ".join([value, *rest])
    return merged


def leave_to_us(mjcf: ET.Element) -> ET.Element:
    """Without what MuJoCo's USD reader drops or stops at: `mjc_prims.py` writes that."""
    copy = ET.fromstring(ET.tostring(mjcf))
    for section in _OURS:
        for part in copy.findall(section):
            copy.remove(part)
    for section in copy.findall("actuator"):
        for actuator in list(section):
            if "joint" not in actuator.attrib:
                section.remove(actuator)
    return copy


def chain_joints(mjcf: ET.Element) -> dict[str, str]:
    """Give every joint but the last of a body a body of its own; returns stub -> the body it stands for."""
    stands_for: dict[str, str] = {}
    for parent in list(mjcf.iter()):
        for place, body in enumerate(list(parent)):
            if body.tag == "body" and len(body.findall("joint")) > 1:
                parent[place] = _chain(body, stands_for)
    return stands_for


def _chain(body: ET.Element, stands_for: dict[str, str]) -> ET.Element:
    """The outermost of the bodies that carry the joints of `body` but the last, with `body` innermost."""
    name, chain = body.get("name", ""), []
    for number, joint in enumerate(body.findall("joint")[:-1]):
        stub = ET.Element("body", name=f"{name}{_STUB}{number}")
        stands_for[stub.attrib["name"]] = name
        body.remove(joint)
        # MuJoCo wants mass in a moving body; the stub's goes when the chain is folded.
        stub.extend([joint, ET.Element("geom", name=f"{stub.attrib['name']}_geom", size="0.01", mass="1")])
        chain.append(stub)
    chain[0].attrib.update({key: body.attrib.pop(key) for key in ("pos", "quat") if key in body.attrib})
    for outer, inner in pairwise([*chain, body]):
        outer.append(inner)
    return chain[0]
