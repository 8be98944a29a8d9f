"""Names in MJCF that are names in USD too: everything has one, and no two siblings have the same."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from pxr import Tf

_SECTIONS = ("tendon", "equality", "actuator", "sensor", "keyframe", "contact")
# Element -> its kind; elements of a kind share one space of names.
_IN_BODIES = {
    "body": "body",
    "joint": "joint",
    "freejoint": "joint",
    "site": "site",
    "geom": "geom",
    "camera": "camera",
    "light": "light",
}
# Attribute -> kind of what it names; others depend on `objtype` and `reftype`.
_REFERENCES = {
    **dict.fromkeys(("joint", "joint1", "joint2", "jointinparent"), "joint"),
    **dict.fromkeys(("body", "body1", "body2", "subtree1", "subtree2", "target"), "body"),
    **dict.fromkeys(("geom", "geom1", "geom2"), "geom"),
    **dict.fromkeys(("site", "site1", "site2", "refsite", "slidersite", "cranksite", "sidesite"), "site"),
    **dict.fromkeys(("tendon", "tendon1", "tendon2"), "tendon"),
    "camera": "camera",
    "actuator": "actuator",
}
_TYPED_REFERENCES = {"objname": "objtype", "refname": "reftype"}
# What the stage has beside the bodies of the world.
_RESERVED = {"PhysicsScene", "Materials", "Tendons", "Actuators", "Keyframes", "Constraints", "Sensors"}


def name_everything(mjcf: ET.Element) -> None:
    """Name what has no name (`actuator_0`, `geom_3`) and make every name an identifier of its own."""
    renamed: dict[str, dict[str, str]] = {}
    taken: dict[str, set[str]] = {}
    for world in mjcf.findall("worldbody"):
        _rename_children(world, set(_RESERVED), renamed, taken)
    for section in _SECTIONS:
        for number, element in enumerate(e for parent in mjcf.findall(section) for e in parent):
            _rename(element, section, f"{element.tag}_{number}", set(), renamed, taken)
    for element in mjcf.iter():
        _follow(element, renamed)


def _rename_children(
    body: ET.Element, siblings: set[str], renamed: dict[str, dict[str, str]], taken: dict[str, set[str]]
) -> None:
    """Bodies and joints keep their names where a geom or a site has the same.

    The joints of a body with several become siblings of the body.
    """
    chained = {body.get("name", "")} if len(body.findall("joint")) > 1 else set()
    for tag, kind in _IN_BODIES.items():
        for child in body.findall(tag):
            number, others = len(taken.get(kind, ())), siblings | (chained if kind == "joint" else set())
            siblings.add(_rename(child, kind, f"{tag}_{number}", others, renamed, taken))
    for child in body.findall("body"):
        _rename_children(child, set(), renamed, taken)


def _rename(
    element: ET.Element,
    kind: str,
    default: str,
    siblings: set[str],
    renamed: dict[str, dict[str, str]],
    taken: dict[str, set[str]],
) -> str:
    before = element.get("name")
    name = Tf.MakeValidIdentifier(before or default)
    others = siblings | taken.setdefault(kind, set())
    if name in others:
        name = next(unique for unique in _variants(f"{name}_{kind}") if unique not in others)
    taken[kind].add(name)
    element.set("name", name)
    if before is not None:
        renamed.setdefault(kind, {})[before] = name
    return name


def _variants(name: str) -> Iterator[str]:
    yield name
    number = 1
    while True:
        yield f"{name}_{number}"
        number += 1


def _follow(element: ET.Element, renamed: dict[str, dict[str, str]]) -> None:
    for attribute, name in element.attrib.items():
        kind = _REFERENCES.get(attribute)
        if attribute in _TYPED_REFERENCES:
            kind = element.get(_TYPED_REFERENCES[attribute], "").removeprefix("x")
        if kind:
            element.set(attribute, renamed.get(kind, {}).get(name, name))
