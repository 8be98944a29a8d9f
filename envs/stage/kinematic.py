"""`physics:kinematicEnabled` -> MuJoCo's mocap bodies, which stand where they are put."""

from __future__ import annotations

import mujoco
from pxr import Usd, UsdPhysics

from .report import StageReport


def make_mocap(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport) -> None:
    """Turn every kinematic rigid body that hangs on nothing into a mocap body."""
    for body in spec.bodies:
        prim = stage.GetPrimAtPath(body.name) if body.name.startswith("/") else None
        api = UsdPhysics.RigidBodyAPI(prim) if prim else None
        if not api or not api.GetKinematicEnabledAttr().Get():
            continue
        free = [joint for joint in body.joints if joint.type == mujoco.mjtJoint.mjJNT_FREE]
        if body.parent != spec.worldbody or len(free) != len(body.joints):
            report.lose(body.name, "a kinematic body that a joint holds; it moves by its joint")
            continue
        for joint in free:
            spec.delete(joint)
        body.mocap = True
        report.count("kinematic bodies")
