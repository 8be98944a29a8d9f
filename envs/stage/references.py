"""Which elements of a MuJoCo spec name which others, and of what kind those are."""

from __future__ import annotations

from typing import Any

import mujoco

_OBJECTS = {
    mujoco.mjtObj.mjOBJ_BODY: "bodies",
    mujoco.mjtObj.mjOBJ_XBODY: "bodies",
    mujoco.mjtObj.mjOBJ_JOINT: "joints",
    mujoco.mjtObj.mjOBJ_GEOM: "geoms",
    mujoco.mjtObj.mjOBJ_SITE: "sites",
    mujoco.mjtObj.mjOBJ_CAMERA: "cameras",
    mujoco.mjtObj.mjOBJ_ACTUATOR: "actuators",
    mujoco.mjtObj.mjOBJ_TENDON: "tendons",
}
_TRANSMISSIONS = {
    mujoco.mjtTrn.mjTRN_JOINT: "joints",
    mujoco.mjtTrn.mjTRN_JOINTINPARENT: "joints",
    mujoco.mjtTrn.mjTRN_SITE: "sites",
    mujoco.mjtTrn.mjTRN_SLIDERCRANK: "sites",
    mujoco.mjtTrn.mjTRN_BODY: "bodies",
    mujoco.mjtTrn.mjTRN_TENDON: "tendons",
}
_EQUALITIES = {mujoco.mjtEq.mjEQ_JOINT: "joints", mujoco.mjtEq.mjEQ_TENDON: "tendons"}


def references(element: Any) -> dict[str, str]:
    """Field of `element` that holds a name -> the list of `MjSpec` in which to look that name up."""
    fields: dict[str, str | None] = {}
    match element:
        case mujoco.MjsActuator():
            sites = "sites"
            fields = {"target": _TRANSMISSIONS.get(element.trntype), "refsite": sites, "slidersite": sites}
        case mujoco.MjsSensor():
            fields = {"objname": _OBJECTS.get(element.objtype), "refname": _OBJECTS.get(element.reftype)}
        case mujoco.MjsEquality():
            kind = _EQUALITIES.get(element.type) or _OBJECTS.get(element.objtype)
            fields = {"name1": kind, "name2": kind}
        case mujoco.MjsExclude():
            fields = dict.fromkeys(("bodyname1", "bodyname2"), "bodies")
        case mujoco.MjsPair():
            fields = dict.fromkeys(("geomname1", "geomname2"), "geoms")
    return {field: kind for field, kind in fields.items() if kind}


def referred_geoms(spec: mujoco.MjSpec) -> set[str]:
    """Names of the geoms that contact pairs, sensors and tendons need."""
    names = {
        getattr(element, field)
        for element in (*spec.pairs, *spec.sensors)
        for field, kind in references(element).items()
        if kind == "geoms"
    }
    around = (mujoco.mjtWrap.mjWRAP_SPHERE, mujoco.mjtWrap.mjWRAP_CYLINDER)
    return names | {
        wrap.target.name for tendon in spec.tendons for wrap in tendon.path if wrap.type in around
    }
