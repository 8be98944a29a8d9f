"""`UsdPhysics.DriveAPI` -> MuJoCo actuators, one per drive, in the order of the joints on the stage.

USD states angular drives per degree; MuJoCo wants radians. A drive's force is
stiffness * (target - position) + damping * (targetVelocity - velocity), clipped to +-maxForce: MuJoCo's
affine actuator with gain kp and bias (0, -kp, -kd). A drive without stiffness holds a velocity; one without
damping either takes its control as a force, in N or N m.
"""

from __future__ import annotations

import math

import mujoco
import numpy as np
from pxr import Usd, UsdPhysics

from .joints import DEGREES
from .report import StageReport
from .units import Units

# Instance name of the drive -> (suffix of the joint's name, whether it turns).
_DRIVES = {"angular": ("", True), "linear": ("", False)} | {
    degree: (f"_{degree}", degree.startswith("rot")) for degree in DEGREES
}


def add_drives(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport, units: Units) -> None:
    """Add an actuator for every drive of a joint, and its target to every keyframe's ctrl."""
    driven = {actuator.target for actuator in spec.actuators}
    targets: list[float] = []
    for prim in stage.Traverse():
        for instance, (suffix, turns) in _DRIVES.items():
            if not prim.HasAPI(UsdPhysics.DriveAPI, instance):
                continue
            joint = spec.joint(f"{prim.GetPath()}{suffix}")
            if joint is None or turns != (joint.type == mujoco.mjtJoint.mjJNT_HINGE):
                report.lose(prim.GetPath(), f"its {instance} drive: the joint has no such degree of freedom")
            elif joint.name in driven:
                report.lose(prim.GetPath(), "its drive gives way to an MjcActuator on the same joint")
            else:
                drive = UsdPhysics.DriveAPI(prim, instance)
                targets.append(_add_drive(drive, turns, joint, spec, report, units))
    if targets:
        _set_keyframe_targets(spec, targets)


def _add_drive(
    drive: UsdPhysics.DriveAPI,
    turns: bool,
    joint: mujoco.MjsJoint,
    spec: mujoco.MjSpec,
    report: StageReport,
    units: Units,
) -> float:
    """Add one actuator and return its target, in rad or m (rad/s or m/s of a pure velocity drive)."""
    path = drive.GetPrim().GetPath()
    # A linear gain is a force per length: it scales with mass alone.
    gain_unit = math.degrees(1.0) * units.torque if turns else units.kilograms
    kp, kd = drive.GetStiffnessAttr().Get() * gain_unit, drive.GetDampingAttr().Get() * gain_unit
    if drive.GetTypeAttr().Get() == UsdPhysics.Tokens.acceleration:
        report.lose(path, "its drive is of type 'acceleration' and was carried as 'force'")
    actuator = spec.add_actuator(
        name=joint.name,
        target=joint.name,
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        gaintype=mujoco.mjtGain.mjGAIN_FIXED,
        biastype=mujoco.mjtBias.mjBIAS_AFFINE,
    )
    holds_position = kp > 0
    actuator.gainprm[0] = kp or kd or 1.0
    actuator.biasprm[:3] = (0.0, -kp, -kd)
    limit = drive.GetMaxForceAttr().Get() * (units.torque if turns else units.force)
    if math.isfinite(limit):
        actuator.forcelimited = mujoco.mjtLimited.mjLIMITED_TRUE
        actuator.forcerange = (-limit, limit)
    report.count("drives")
    velocity = drive.GetTargetVelocityAttr().Get() or 0.0
    if holds_position and velocity:
        report.lose(path, "its drive's targetVelocity beside a targetPosition")
    target = (drive.GetTargetPositionAttr().Get() or 0.0) if holds_position else velocity
    return target * (math.radians(1.0) if turns else units.meters)


def _set_keyframe_targets(spec: mujoco.MjSpec, targets: list[float]) -> None:
    """Keyframes without ctrl hold the drives' targets; a stage without keyframes gets one named `targets`."""
    if not spec.keys and any(targets):
        spec.add_key(name="targets")
    imported = len(spec.actuators) - len(targets)
    for key in spec.keys:
        ctrl = np.array(key.ctrl)
        if ctrl.size == 0:
            key.ctrl = np.concatenate((np.zeros(imported), targets))
        elif ctrl.size == imported:
            key.ctrl = np.concatenate((ctrl, targets))
