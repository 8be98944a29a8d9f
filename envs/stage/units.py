"""Stages in other units or with another up axis: MuJoCo's importer takes numbers as they are, Gaitway converts.

Everything in a model is metres, kilograms and Z up.
"""

from __future__ import annotations

import mujoco
import numpy as np
from pxr import Usd, UsdGeom, UsdPhysics

from .report import StageReport

_Y_UP_TO_Z_UP = np.array([np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0])
"""Quaternion (`wxyz`) of +90 degrees about X."""


def convert_units(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport) -> float:
    """Scale `spec` to metres and kilograms, turn it Z up, and return the stage's metres per unit."""
    meters = UsdGeom.GetStageMetersPerUnit(stage)
    kilograms = UsdPhysics.GetStageKilogramsPerUnit(stage)
    if not np.isclose(meters, 1.0) or not np.isclose(kilograms, 1.0):
        _scale(spec, meters, kilograms)
        spec.option.gravity = np.array(spec.option.gravity) * meters
        report.conversions.append(f"converted from {meters:g} m and {kilograms:g} kg per unit to SI units")
    if UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.y:
        report.conversions.append("converted from Y up to Z up")
    return meters


def turn_z_up(stage: Usd.Stage, spec: mujoco.MjSpec) -> None:
    """Turn a Y-up stage's world; to be called when everything stands in it."""
    if UsdGeom.GetStageUpAxis(stage) != UsdGeom.Tokens.y:
        return
    spec.option.gravity = _rotated(_Y_UP_TO_Z_UP, np.array(spec.option.gravity))
    world = spec.worldbody
    for element in (*world.bodies, *world.geoms, *world.sites, *world.cameras):
        element.pos = _rotated(_Y_UP_TO_Z_UP, np.array(element.pos))
        turned = np.zeros(4)
        mujoco.mju_mulQuat(turned, _Y_UP_TO_Z_UP, np.array(element.quat))
        element.quat = turned


def _rotated(quaternion: np.ndarray, vector: np.ndarray) -> np.ndarray:
    result = np.zeros(3)
    mujoco.mju_rotVecQuat(result, vector, quaternion)
    return result


def _scale(spec: mujoco.MjSpec, meters: float, kilograms: float) -> None:
    for body in spec.bodies:
        body.pos, body.ipos = np.array(body.pos) * meters, np.array(body.ipos) * meters
        body.mass *= kilograms
        body.inertia = np.array(body.inertia) * kilograms * meters**2
        body.fullinertia = np.array(body.fullinertia) * kilograms * meters**2
    for geom in spec.geoms:
        geom.pos, geom.size = np.array(geom.pos) * meters, np.array(geom.size) * meters
        geom.mass *= kilograms
    for site in spec.sites:
        site.pos, site.size = np.array(site.pos) * meters, np.array(site.size) * meters
    for mesh in spec.meshes:
        mesh.scale = np.array(mesh.scale) * meters
    for joint in spec.joints:
        joint.pos = np.array(joint.pos) * meters
        if joint.type == mujoco.mjtJoint.mjJNT_SLIDE:
            joint.range = np.array(joint.range) * meters
