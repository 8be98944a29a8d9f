"""What neither MuJoCo's importer nor Gaitway carries: found on the stage and reported by prim path."""

from __future__ import annotations

from pxr import Usd, UsdGeom, UsdPhysics

from .report import StageReport

# Schema type -> why it is not in the model. Lights are left to the renderer, which brings its own.
_TYPES = {
    "PhysicsDistanceJoint": "distance joints have no counterpart among MuJoCo's joints",
    "PhysxPhysicsGearJoint": "PhysX gear joints; use NewtonMimicAPI",
    "PhysxPhysicsRackAndPinionJoint": "PhysX rack-and-pinion joints",
    "Volume": "volumes",
}
_SHAPES = {"Cube", "Sphere", "Cylinder", "Capsule", "Plane", "Mesh"}


def is_unknown_shape(prim: Usd.Prim) -> bool:
    """Whether `prim` is a shape that has no counterpart in MuJoCo; its importer would stop at it."""
    return prim.IsA(UsdGeom.Gprim) and prim.GetTypeName() not in _SHAPES


def report_losses(stage: Usd.Stage, report: StageReport) -> None:
    """List what the model lacks."""
    for prim in stage.Traverse():
        reason = _TYPES.get(prim.GetTypeName())
        if reason:
            report.lose(prim.GetPath(), reason)
        elif is_unknown_shape(prim):
            report.lose(prim.GetPath(), f"a {prim.GetTypeName()}: MuJoCo has no such shape; use a mesh")
        if prim.IsA(UsdPhysics.Joint):
            joint = UsdPhysics.Joint(prim)
            force, torque = joint.GetBreakForceAttr().Get(), joint.GetBreakTorqueAttr().Get()
            if min(force, torque) < float("inf"):
                report.lose(prim.GetPath(), "joints do not break (physics:breakForce, physics:breakTorque)")
            if joint.GetExcludeFromArticulationAttr().Get():
                report.lose(prim.GetPath(), "excludeFromArticulation: the joint is part of the tree")
        if (
            prim.HasAPI(UsdPhysics.MaterialAPI)
            and UsdPhysics.MaterialAPI(prim).GetRestitutionAttr().Get() > 0
        ):
            report.lose(prim.GetPath(), "restitution; give colliders an mjc:solref of (-stiffness, -damping)")
        if prim.HasAPI(UsdPhysics.RigidBodyAPI):
            body = UsdPhysics.RigidBodyAPI(prim)
            velocities = (body.GetVelocityAttr().Get(), body.GetAngularVelocityAttr().Get())
            if any(any(velocity) for velocity in velocities if velocity):
                report.lose(prim.GetPath(), "initial velocities; give a keyframe instead")
