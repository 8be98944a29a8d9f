"""Short names: MuJoCo's importer names everything by prim path, users know `left_knee`."""

from __future__ import annotations

from collections import Counter

import mujoco


def shorten_names(spec: mujoco.MjSpec) -> None:
    """Rename what bears a prim path to the last part of it, where that is unique among its kind.

    What a tendon wraps keeps its path, since a tendon knows it by name only.
    """
    wrapped = {
        (type(wrap.target), wrap.target.name)
        for tendon in spec.tendons
        for wrap in tendon.path
        if wrap.target
    }
    renamed: dict[str, dict[str, str]] = {}
    for kind in ("bodies", "joints", "geoms", "sites", "cameras", "actuators"):
        elements = [
            e for e in getattr(spec, kind) if e.name.startswith("/") and (type(e), e.name) not in wrapped
        ]
        counts = Counter(_leaf(e.name) for e in elements) + Counter(
            e.name for e in getattr(spec, kind) if not e.name.startswith("/")
        )
        renamed[kind] = {e.name: _leaf(e.name) for e in elements if counts[_leaf(e.name)] == 1}
        for element in elements:
            element.name = renamed[kind].get(element.name, element.name)
    _rename_references(spec, renamed)


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
    }
    of_transmission = {
        mujoco.mjtTrn.mjTRN_JOINT: renamed["joints"],
        mujoco.mjtTrn.mjTRN_JOINTINPARENT: renamed["joints"],
        mujoco.mjtTrn.mjTRN_SITE: renamed["sites"],
        mujoco.mjtTrn.mjTRN_SLIDERCRANK: renamed["sites"],
        mujoco.mjtTrn.mjTRN_BODY: renamed["bodies"],
    }
    equality_object = {
        mujoco.mjtEq.mjEQ_JOINT: renamed["joints"],
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
