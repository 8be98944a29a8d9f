"""Generic `UsdPhysics.Joint` (D6) -> MuJoCo slides and hinges, one per free degree of freedom.

A degree of freedom is locked where its `LimitAPI` has low > high. MuJoCo's importer skips such joints, so the first
free degree is rewritten on the flattened stage as a prismatic or revolute joint that it does read, and the others
join it on the same body afterwards. Joints are named `<joint>_transX` ... `<joint>_rotZ`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import mujoco
import numpy as np
from pxr import Gf, Sdf, Usd, UsdPhysics

from .report import StageReport

_DEGREES = ("transX", "transY", "transZ", "rotX", "rotY", "rotZ")


@dataclass
class D6:
    """A rewritten joint: prim path, its child body, the joint frame in that body, and its free degrees."""

    path: str
    body: str
    position: np.ndarray
    rotation: Gf.Quatf
    free: dict[str, tuple[float, float] | None]
    """Degree -> limits in m or degrees, None if unlimited."""


def rewrite_d6_joints(stage: Usd.Stage, report: StageReport) -> list[D6]:
    """Turn every generic joint of the stage into a standard one; returns what `add_d6_degrees` must add."""
    rewritten = []
    for prim in list(stage.Traverse()):
        if prim.GetTypeName() != "PhysicsJoint":
            continue
        joint = UsdPhysics.Joint(prim)
        body = joint.GetBody1Rel().GetTargets()
        if not body:
            report.lose(prim.GetPath(), "a generic joint without body1")
            continue
        free = {name: limits for name in _DEGREES if (limits := _limits(prim, name)) != "locked"}
        if len(free) == 6 and not any(free.values()):
            prim.SetActive(False)  # a free body needs no joint
            continue
        d6 = D6(
            path=str(prim.GetPath()),
            body=str(body[0]),
            position=np.array(joint.GetLocalPos1Attr().Get()),
            rotation=joint.GetLocalRot1Attr().Get(),
            free=free,
        )
        _rewrite(prim, d6)
        rewritten.append(d6)
    return rewritten


def add_d6_degrees(
    joints: list[D6], spec: mujoco.MjSpec, report: StageReport, meters_per_unit: float
) -> None:
    """Name the first degree of each rewritten joint and add the others to its body."""
    for d6 in joints:
        names = list(d6.free)
        first, body = spec.joint(d6.path), spec.body(d6.body)
        if not names:
            continue
        if first is None or body is None:
            report.lose(d6.path, "a generic joint that does not hang on a rigid body")
            continue
        first.name = f"{d6.path}_{names[0]}"
        for name in names[1:]:
            slide = name.startswith("trans")
            limits = d6.free[name]
            unit = meters_per_unit if slide else math.radians(1.0)
            body.add_joint(
                name=f"{d6.path}_{name}",
                type=mujoco.mjtJoint.mjJNT_SLIDE if slide else mujoco.mjtJoint.mjJNT_HINGE,
                pos=d6.position * meters_per_unit,
                axis=_axis(d6.rotation, name),
                limited=mujoco.mjtLimited.mjLIMITED_TRUE if limits else mujoco.mjtLimited.mjLIMITED_FALSE,
                range=np.array(limits or (0.0, 0.0)) * unit,
            )
        report.count("generic joints")


def _limits(prim: Usd.Prim, name: str) -> tuple[float, float] | str | None:
    if not prim.HasAPI(UsdPhysics.LimitAPI, name):
        return None
    api = UsdPhysics.LimitAPI(prim, name)
    low, high = api.GetLowAttr().Get(), api.GetHighAttr().Get()
    if low > high:
        return "locked"
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


def _rewrite(prim: Usd.Prim, d6: D6) -> None:
    if not d6.free:
        prim.SetTypeName("PhysicsFixedJoint")
        return
    name, limits = next(iter(d6.free.items()))
    prim.SetTypeName("PhysicsPrismaticJoint" if name.startswith("trans") else "PhysicsRevoluteJoint")
    prim.CreateAttribute("physics:axis", Sdf.ValueTypeNames.Token).Set(name[-1])
    if limits:
        for attribute, value in zip(("lowerLimit", "upperLimit"), limits, strict=True):
            prim.CreateAttribute(f"physics:{attribute}", Sdf.ValueTypeNames.Float).Set(value)


def _axis(rotation: Gf.Quatf, name: str) -> np.ndarray:
    unit = Gf.Vec3f(*(float(name[-1] == letter) for letter in "XYZ"))
    return np.array(rotation.Transform(unit))
