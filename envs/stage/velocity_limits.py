"""Joint velocity limits, which MuJoCo does not enforce but robots must know."""

from __future__ import annotations

import math

import mujoco
from pxr import Usd

from .report import StageReport

_ATTRIBUTES = ("newton:velocityLimit", "physxJoint:maxJointVelocity")


def note_velocity_limits(
    stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport, meters_per_unit: float
) -> None:
    """Write each joint's velocity limit (rad/s or m/s) to `model.jnt_user[:, 0]`, 0 where none is given."""
    for joint in spec.joints:
        prim = stage.GetPrimAtPath(joint.name) if joint.name.startswith("/") else None
        if not prim:
            continue
        limits = [prim.GetAttribute(name).Get() for name in _ATTRIBUTES if prim.HasAttribute(name)]
        limit = next((value for value in limits if value is not None and math.isfinite(value)), None)
        if limit is not None:
            turns = joint.type == mujoco.mjtJoint.mjJNT_HINGE
            joint.userdata = [limit * (math.radians(1.0) if turns else meters_per_unit)]
            report.count("velocity limits")
