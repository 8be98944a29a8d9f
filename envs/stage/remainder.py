"""What an imported robot says beyond USD's words and its 32 bits: the `gaitway:` attributes of its prims.

`gaitway import` writes two kinds of them, and nobody need write them by hand.

- `gaitway:KIND:FIELD` on a prim is a field of the element that the prim became, as in `gaitway:body:mass`.
  Its custom data `instead` is what the model has without it. The attribute counts only while that is still
  so: whoever edits `physics:mass` afterwards gets the edited mass, and a line in the report.
- A prim with `gaitway:element = "KIND"` is an element that no schema has a word for: a sensor, a contact
  pair, a weld or connect constraint. Relationships name what it refers to.

`gaitway:rank:KIND` orders actuators, tendons, equalities, sensors and keyframes that the stage has otherwise.
"""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np
from pxr import Sdf, Usd, UsdPhysics

from .elements import KINDS, close, set_field
from .rebuild import reorder
from .references import references
from .report import StageReport

PREFIX = "gaitway:"
ELEMENT, RANK, INSTEAD = "gaitway:element", "gaitway:rank", "instead"
RANKED = ("tendon", "actuator", "equality", "sensor", "key")
"""Kinds whose order a model's vectors or its solver depend on."""


def apply_remainder(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport) -> None:
    """Complete `spec`, whose elements bear prim paths as names, by the attributes on `stage`."""
    found = {kind: {e.name: e for e in getattr(spec, KINDS[kind])} for kind in KINDS}
    ranks: dict[str, dict[str, int]] = {kind: {} for kind in RANKED}
    for prim in stage.Traverse():
        names = [name for name in prim.GetPropertyNames() if name.startswith(PREFIX)]
        if not names:
            continue
        made = prim.GetAttribute(ELEMENT).Get()
        if made:
            path = str(prim.GetPath())
            found[made][path] = _add(spec, made, prim)
            report.count(KINDS[made])
        for name in names:
            _apply(prim, name, found, spec, report)
        if made:
            _refer(found[made][str(prim.GetPath())], prim, spec)
        for kind in RANKED:
            rank = prim.GetAttribute(f"{RANK}:{kind}").Get()
            if rank is not None:
                ranks[kind][str(prim.GetPath())] = rank
    for kind, order in ranks.items():
        if order:
            reorder(spec, kind, order)


def option_target(spec: mujoco.MjSpec, kind: str) -> Any:
    """The struct of a spec that `gaitway:option:` and `gaitway:stat:` attributes of the scene are about."""
    return {"option": spec.option, "stat": spec.stat}.get(kind)


def free_joint(body: mujoco.MjsBody) -> mujoco.MjsJoint | None:
    """The free joint of a body, which `gaitway:freejoint:` attributes of the body's prim are about."""
    return next((joint for joint in body.joints if joint.type == mujoco.mjtJoint.mjJNT_FREE), None)


def _add(spec: mujoco.MjSpec, kind: str, prim: Usd.Prim) -> Any:
    if kind == "sensor":
        # A sensor of the file replaces one that the naming convention gave.
        for sensor in [sensor for sensor in spec.sensors if sensor.name == prim.GetName()]:
            spec.delete(sensor)
    element = getattr(spec, f"add_{kind}")()
    element.name = str(prim.GetPath())
    return element


def _apply(
    prim: Usd.Prim, name: str, found: dict[str, dict[str, Any]], spec: mujoco.MjSpec, report: StageReport
) -> None:
    _, kind, *field = name.split(":")
    attribute = prim.GetAttribute(name)
    if not field or not attribute or kind == "rank":
        return
    element = _element(prim, kind, found, spec)
    if element is None or not hasattr(element, field[0]):
        report.lose(prim.GetPath(), f"{name}: the model has no such {kind} or field")
        return
    value = attribute.Get()
    if isinstance(value, str):
        current: Any = getattr(element, field[0])
        current = getattr(current, "name", current)
    else:
        value = np.array(value, dtype=float) if attribute.GetTypeName().isArray else value
        current = getattr(element, field[0])
        current = np.array(current, dtype=float) if attribute.GetTypeName().isArray else current
    instead = attribute.GetCustomDataByKey(INSTEAD)
    if instead is not None and not close(current, instead):
        report.remarks.append(f"{prim.GetPath()}: {name} gave way to what the prim itself says now.")
        return
    set_field(element, field[0], value)


def _element(prim: Usd.Prim, kind: str, found: dict[str, dict[str, Any]], spec: mujoco.MjSpec) -> Any:
    if prim.IsA(UsdPhysics.Scene):
        return option_target(spec, kind)
    if kind == "mesh":
        geom = found["geom"].get(str(prim.GetPath()))
        return found["mesh"].get(geom.meshname) if geom is not None else None
    if kind == "freejoint":
        body = found["body"].get(str(prim.GetPath()))
        return free_joint(body) if body is not None else None
    return found.get(kind, {}).get(str(prim.GetPath())) or found.get(kind, {}).get(prim.GetName())


def _refer(element: Any, prim: Usd.Prim, spec: mujoco.MjSpec) -> None:
    """Fill in the names of what an added element is about."""
    kind = prim.GetAttribute(ELEMENT).Get()
    for field, referred in references(element).items():
        relation = prim.GetRelationship(f"{PREFIX}{kind}:{field}")
        targets = relation.GetTargets() if relation else []
        if targets:
            setattr(element, field, _name_of(targets[0], referred, spec))


def _name_of(path: Sdf.Path, kind: str, spec: mujoco.MjSpec) -> str:
    """An element bears its path, or already a short name by convention, as the site `imu` does."""
    names = {element.name for element in getattr(spec, kind)}
    if str(path) in names:
        return str(path)
    # The robot's root stands for the world.
    return "world" if kind == "bodies" else path.name
