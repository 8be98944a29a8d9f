"""Joints that MuJoCo's importer skips: generic `UsdPhysics.Joint` (D6) and `UsdPhysics.SphericalJoint`.

A D6 joint becomes one prismatic or revolute joint per free degree of freedom, named `<joint>_transX` ...
`<joint>_rotZ` and moving in that order; a degree is locked where its `LimitAPI` has low > high. A spherical
joint is imported as a revolute one, and made a ball afterwards.
"""

from __future__ import annotations

import math

import mujoco
from pxr import Sdf, Usd, UsdPhysics

from .report import StageReport

DEGREES = ("transX", "transY", "transZ", "rotX", "rotY", "rotZ")


def rewrite_joints(stage: Usd.Stage, report: StageReport) -> list[Sdf.Path]:
    """Add what the importer reads beside every joint that it does not; returns the prims to hide from it."""
    skipped = []
    for prim in list(stage.Traverse()):
        if prim.IsA(UsdPhysics.SphericalJoint):
            _add_joint(prim, "PhysicsRevoluteJoint", _ball_name(prim.GetPath()), "X")
        elif prim.GetTypeName() == "PhysicsJoint":
            _split_d6(prim, report)
        else:
            continue
        skipped.append(prim.GetPath())
    return skipped


def make_balls(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport) -> None:
    """Turn the stand-ins of spherical joints into ball joints, limited to their cone's larger angle."""
    for prim in stage.Traverse():
        joint = spec.joint(_ball_name(prim.GetPath())) if prim.IsA(UsdPhysics.SphericalJoint) else None
        if joint is None:
            continue
        joint.name, joint.type = str(prim.GetPath()), mujoco.mjtJoint.mjJNT_BALL
        cone = UsdPhysics.SphericalJoint(prim)
        angles = (cone.GetConeAngle0LimitAttr().Get(), cone.GetConeAngle1LimitAttr().Get())
        if min(angles) >= 0:  # USD: negative is not limited
            joint.limited = mujoco.mjtLimited.mjLIMITED_TRUE
            degree = 1.0 if spec.compiler.degree else math.radians(1.0)
            joint.range = (0.0, max(angles) * degree)
            if angles[0] != angles[1]:
                report.lose(
                    prim.GetPath(), "its elliptic cone limit; a round one of the larger angle is used"
                )
        report.count("ball joints")


def _ball_name(path: Sdf.Path) -> str:
    return f"{path}_ball"


def _split_d6(prim: Usd.Prim, report: StageReport) -> None:
    free = [degree for degree in DEGREES if not _is_locked(prim, degree)]
    if len(free) == len(DEGREES) and not any(_limits(prim, degree) for degree in DEGREES):
        return  # a free body needs no joint
    if not free:
        _add_joint(prim, "PhysicsFixedJoint", f"{prim.GetPath()}_fixed", None)
    for degree in free:
        kind = "PhysicsPrismaticJoint" if degree.startswith("trans") else "PhysicsRevoluteJoint"
        joint = _add_joint(prim, kind, f"{prim.GetPath()}_{degree}", degree[-1])
        limits = _limits(prim, degree)
        if limits is None:
            continue
        if not all(map(math.isfinite, limits)):
            report.lose(prim.GetPath(), f"the one-sided limit of its {degree}")
            continue
        for attribute, value in zip(("lowerLimit", "upperLimit"), limits, strict=True):
            joint.CreateAttribute(f"physics:{attribute}", Sdf.ValueTypeNames.Float).Set(value)
    report.count("generic joints")


def _limits(prim: Usd.Prim, degree: str) -> tuple[float, float] | None:
    """Limits of a degree in units or degrees, None if it has none."""
    if not prim.HasAPI(UsdPhysics.LimitAPI, degree):
        return None
    api = UsdPhysics.LimitAPI(prim, degree)
    low, high = api.GetLowAttr().Get(), api.GetHighAttr().Get()
    return (low, high) if math.isfinite(low) or math.isfinite(high) else None


def _is_locked(prim: Usd.Prim, degree: str) -> bool:
    limits = _limits(prim, degree)
    return limits is not None and limits[0] > limits[1]


def _add_joint(prim: Usd.Prim, kind: str, path: str, axis: str | None) -> Usd.Prim:
    """A joint of the given kind with the bodies, frames and dynamics (damping, armature) of `prim`."""
    joint = prim.GetStage().DefinePrim(path, kind)
    for schema in prim.GetAppliedSchemas():
        if schema.startswith(("Newton", "Mjc")):
            joint.AddAppliedSchema(schema)
    for prop in prim.GetAuthoredProperties():
        if prop.GetName().startswith(("physics:body", "physics:local", "newton:", "mjc:")):
            prop.FlattenTo(joint)
    if axis:
        joint.CreateAttribute("physics:axis", Sdf.ValueTypeNames.Token).Set(axis)
    return joint
