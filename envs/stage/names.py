"""Short names: MuJoCo's importer names everything by prim path, users know `left_knee`."""

from __future__ import annotations

from collections import Counter
from typing import Any

import mujoco

_KINDS = ("bodies", "joints", "geoms", "sites", "cameras", "actuators", "tendons", "equalities")
_TENDON_FIELDS = (
    *("actfrclimited", "actfrcrange", "armature", "damping", "frictionloss", "group", "limited", "margin"),
    *("material", "range", "rgba", "solimp_friction", "solimp_limit", "solref_friction"),
    *("solref_limit", "springlength", "springyield", "stiffness", "userdata", "width"),
)


def shorten_names(spec: mujoco.MjSpec) -> None:
    """Rename what bears a prim path to the last part of it, where that is unique among its kind."""
    wraps = {tendon.name: list(tendon.path) for tendon in spec.tendons}
    targets = {name: [wrap.target for wrap in path] for name, path in wraps.items()}
    renamed: dict[str, dict[str, str]] = {}
    for kind in _KINDS:
        elements = [element for element in getattr(spec, kind) if element.name.startswith("/")]
        counts = Counter(_leaf(element.name) for element in getattr(spec, kind))
        renamed[kind] = {e.name: _leaf(e.name) for e in elements if counts[_leaf(e.name)] == 1}
        for element in elements if kind != "tendons" else ():
            element.name = renamed[kind].get(element.name, element.name)
    for tendon in list(spec.tendons):
        _rebuild_tendon(spec, tendon, wraps[tendon.name], targets[tendon.name], renamed["tendons"])
    _rename_references(spec, renamed)


def _rebuild_tendon(
    spec: mujoco.MjSpec,
    tendon: mujoco.MjsTendon,
    wraps: list[mujoco.MjsWrap],
    targets: list[Any],
    short: dict[str, str],
) -> None:
    """Put a tendon over the renamed elements: it knows them by name, and offers no way to change one."""
    new = spec.add_tendon()
    for field in _TENDON_FIELDS:
        setattr(new, field, getattr(tendon, field))
    for wrap, target in zip(wraps, targets, strict=True):
        if wrap.type == mujoco.mjtWrap.mjWRAP_JOINT:
            new.wrap_joint(target.name, wrap.coef)
        elif wrap.type == mujoco.mjtWrap.mjWRAP_SITE:
            new.wrap_site(target.name)
        elif wrap.type == mujoco.mjtWrap.mjWRAP_PULLEY:
            new.wrap_pulley(wrap.divisor)
        else:
            new.wrap_geom(target.name, wrap.sidesite.name if wrap.sidesite else "")
    name = tendon.name
    spec.delete(tendon)
    new.name = short.get(name, name)


def _leaf(path: str) -> str:
    return path.rpartition("/")[2]


def _rename_references(spec: mujoco.MjSpec, renamed: dict[str, dict[str, str]]) -> None:
    """Follow the new names where an element refers to another one by name."""
    of_object = {
        mujoco.mjtObj.mjOBJ_BODY: renamed["bodies"],
        mujoco.mjtObj.mjOBJ_XBODY: renamed["bodies"],
        mujoco.mjtObj.mjOBJ_JOINT: renamed["joints"],
        mujoco.mjtObj.mjOBJ_GEOM: renamed["geoms"],
        mujoco.mjtObj.mjOBJ_SITE: renamed["sites"],
        mujoco.mjtObj.mjOBJ_CAMERA: renamed["cameras"],
        mujoco.mjtObj.mjOBJ_ACTUATOR: renamed["actuators"],
        mujoco.mjtObj.mjOBJ_TENDON: renamed["tendons"],
    }
    of_transmission = {
        mujoco.mjtTrn.mjTRN_JOINT: renamed["joints"],
        mujoco.mjtTrn.mjTRN_JOINTINPARENT: renamed["joints"],
        mujoco.mjtTrn.mjTRN_SITE: renamed["sites"],
        mujoco.mjtTrn.mjTRN_SLIDERCRANK: renamed["sites"],
        mujoco.mjtTrn.mjTRN_BODY: renamed["bodies"],
        mujoco.mjtTrn.mjTRN_TENDON: renamed["tendons"],
    }
    equality_object = {
        mujoco.mjtEq.mjEQ_JOINT: renamed["joints"],
        mujoco.mjtEq.mjEQ_TENDON: renamed["tendons"],
    }

    def follow(element: object, names: dict[str, str], *attributes: str) -> None:
        for attribute in attributes:
            name = getattr(element, attribute)
            setattr(element, attribute, names.get(name, name))

    for actuator in spec.actuators:
        follow(actuator, of_transmission.get(actuator.trntype, {}), "target", "refsite")
        follow(actuator, renamed["sites"], "slidersite", "refsite")
    for sensor in spec.sensors:
        follow(sensor, of_object.get(sensor.objtype, {}), "objname")
        follow(sensor, of_object.get(sensor.reftype, {}), "refname")
    for equality in spec.equalities:
        names = equality_object.get(equality.type, of_object.get(equality.objtype, {}))
        follow(equality, names, "name1", "name2")
    for exclude in spec.excludes:
        follow(exclude, renamed["bodies"], "bodyname1", "bodyname2")
    for pair in spec.pairs:
        follow(pair, renamed["geoms"], "geomname1", "geomname2")
