"""MJCF spelled out for MuJoCo's USD reader: no default classes, no namesake siblings, one joint a body."""

from __future__ import annotations

import ctypes
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import mujoco

_SECTIONS = ("tendon", "equality", "actuator", "sensor", "keyframe", "contact")
_WITH_DEFAULTS = ("asset", "worldbody", "contact", "equality", "tendon", "actuator")
_IN_BODIES = ("body", "joint", "freejoint", "geom", "site", "camera", "light")
_GEOM_REFERENCES = ("geom", "geom1", "geom2", "objname", "refname")
_STUB = "__joint"


def spell_out(path: Path) -> ET.Element:
    """Read an MJCF or URDF file through MuJoCo; every element has a name and its defaults' attributes.

    Raises:
        ValueError: MuJoCo refuses the file.
    """
    spec = mujoco.MjSpec.from_file(str(path))
    spec.meshdir = str((path.parent / spec.meshdir).resolve())
    spec.texturedir = str((path.parent / spec.texturedir).resolve())
    spec.compile()
    with _all_digits():
        mjcf = ET.fromstring(spec.to_xml())
    for size in mjcf.findall("size"):
        size.attrib.pop("nkey", None)  # room for keyframes that are not there
    _inline_defaults(mjcf)
    _name_everything(mjcf)
    _rename_namesake_geoms(mjcf)
    return mjcf


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
        if element.tag == "body":
            _apply_classes(element, classes, current)


def _overlaid(defaults: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """Attributes over their defaults; the last numbers of a default stay where an attribute has fewer."""
    merged = dict(defaults)
    for name, value in own.items():
        rest = defaults.get(name, "").split()[len(value.split()) :]
        merged[name] = " ".join([value, *rest])
    return merged


def _name_everything(mjcf: ET.Element) -> None:
    """Name what has no name: `actuator_0`, `geom_3`."""
    elements = list(_named_elements(mjcf))
    taken = {element.get("name") for element in elements}
    for number, element in enumerate(elements):
        if element.get("name") is None:
            name = f"{element.tag}_{number}"
            element.set("name", name if name not in taken else f"{name}_")


def _named_elements(mjcf: ET.Element) -> Iterator[ET.Element]:
    for body in mjcf.findall("worldbody"):
        yield from (element for element in body.iter() if element.tag in _IN_BODIES)
    for section in _SECTIONS:
        for parent in mjcf.findall(section):
            yield from parent


def _rename_namesake_geoms(mjcf: ET.Element) -> None:
    """USD siblings differ in name: a geom named like its body's joint or child becomes `*_geom`."""
    geoms = {}
    for parent in mjcf.iter():
        others = {child.get("name") for child in parent if child.tag != "geom"}
        for geom in parent.findall("geom"):
            if geom.get("name") in others:
                geoms[geom.get("name")] = f"{geom.get('name')}_geom"
                geom.set("name", geoms[geom.get("name")])
    for section in _SECTIONS:
        for element in (e for parent in mjcf.findall(section) for e in parent.iter()):
            of_geom = {
                "objname": element.get("objtype") == "geom",
                "refname": element.get("reftype") == "geom",
            }
            for attribute in _GEOM_REFERENCES:
                if element.get(attribute) in geoms and of_geom.get(attribute, True):
                    element.set(attribute, geoms[element.get(attribute)])


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
