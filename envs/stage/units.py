"""Stages in other units or with another up axis: MuJoCo's importer takes numbers as they are.

Everything in Gaitway's models is in metres and kilograms, and Z is up.
"""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from pxr import Usd, UsdGeom, UsdPhysics

from .keyframes import scale_keyframes, turn_keyframes
from .report import StageReport

_Y_UP_TO_Z_UP = np.array([np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0])
"""Quaternion (`wxyz`) of +90 degrees about X."""
_DEFAULT_DENSITY = 1000.0  # kg/m^3 in any stage: the importer's, where none is authored


@dataclass(frozen=True)
class Units:
    """Metres and kilograms per unit of a stage; forces, torques and densities follow. Time is in seconds."""

    meters: float
    kilograms: float

    @property
    def force(self) -> float:
        """N per stage unit of force."""
        return self.kilograms * self.meters

    @property
    def torque(self) -> float:
        """N m per stage unit of torque; also kg m^2 per unit of rotational inertia."""
        return self.kilograms * self.meters**2

    @property
    def density(self) -> float:
        """kg/m^3 per stage unit of density."""
        return self.kilograms / self.meters**3


def convert_units(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport) -> Units:
    """Scale `spec` to metres and kilograms, and return the stage's units."""
    units = Units(UsdGeom.GetStageMetersPerUnit(stage), UsdPhysics.GetStageKilogramsPerUnit(stage))
    if np.isclose(units.meters, 1.0) and np.isclose(units.kilograms, 1.0):
        return units
    _scale_shapes(spec, units)
    _scale_joints(spec, units)
    scale_keyframes(spec, units.meters)
    spec.option.gravity = np.array(spec.option.gravity) * units.meters
    authored = (
        "" if UsdGeom.StageHasAuthoredMetersPerUnit(stage) else " (USD's default: metersPerUnit is not set)"
    )
    report.conversions.append(
        f"converted from {units.meters:g} m{authored} and {units.kilograms:g} kg per unit to m and kg"
    )
    if spec.actuators or spec.tendons:
        report.remarks.append(
            "the numbers of MjcActuator and MjcTendon prims were taken as SI, as MuJoCo has them"
        )
    return units


def turn_z_up(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport) -> None:
    """Turn a Y-up stage's world; to be called when everything stands in it."""
    if UsdGeom.GetStageUpAxis(stage) != UsdGeom.Tokens.y:
        return
    spec.option.gravity = _rotated(np.array(spec.option.gravity))
    world = spec.worldbody
    for element in (*world.bodies, *world.geoms, *world.sites, *world.cameras):
        element.pos = _rotated(np.array(element.pos))
        turned = np.zeros(4)
        mujoco.mju_mulQuat(turned, _Y_UP_TO_Z_UP, np.array(element.quat))
        element.quat = turned
    for light in world.lights:
        light.pos, light.dir = _rotated(np.array(light.pos)), _rotated(np.array(light.dir))
    turn_keyframes(spec, _Y_UP_TO_Z_UP)
    report.conversions.append("converted from Y up to Z up")


def stage_to_model(stage: Usd.Stage) -> np.ndarray:
    """Transform (4, 4) for row vectors from the stage's world to the model's: to metres and Z up."""
    matrix = np.diag([*np.full(3, UsdGeom.GetStageMetersPerUnit(stage)), 1.0])
    if UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.y:
        matrix[1:3, 1:3] = matrix[1:3, 1:3] @ ((0.0, 1.0), (-1.0, 0.0))
    return matrix


def _rotated(vector: np.ndarray) -> np.ndarray:
    result = np.zeros(3)
    mujoco.mju_rotVecQuat(result, vector, _Y_UP_TO_Z_UP)
    return result


def _scale_shapes(spec: mujoco.MjSpec, units: Units) -> None:
    meters = units.meters
    for body in spec.bodies:
        body.pos, body.ipos = np.array(body.pos) * meters, np.array(body.ipos) * meters
        body.mass *= units.kilograms
        body.inertia = np.array(body.inertia) * units.torque
        body.fullinertia = np.array(body.fullinertia) * units.torque
    for geom in spec.geoms:
        geom.pos, geom.size = np.array(geom.pos) * meters, np.array(geom.size) * meters
        geom.mass *= units.kilograms
        geom.margin, geom.gap = geom.margin * meters, geom.gap * meters
        if geom.density != _DEFAULT_DENSITY:
            geom.density *= units.density
    for site in spec.sites:
        site.pos, site.size = np.array(site.pos) * meters, np.array(site.size) * meters
    for light in spec.lights:
        light.pos = np.array(light.pos) * meters
    for mesh in spec.meshes:
        mesh.scale = np.array(mesh.scale) * meters


def _scale_joints(spec: mujoco.MjSpec, units: Units) -> None:
    for joint in spec.joints:
        joint.pos = np.array(joint.pos) * units.meters
        slides = joint.type == mujoco.mjtJoint.mjJNT_SLIDE
        # Force per length does not scale with length; force does.
        per_motion, force = (units.kilograms, units.force) if slides else (units.torque, units.torque)
        joint.armature *= per_motion
        joint.damping = np.array(joint.damping) * per_motion
        joint.stiffness = np.array(joint.stiffness) * per_motion
        joint.frictionloss *= force
        joint.actfrcrange = np.array(joint.actfrcrange) * force
        if slides:
            joint.range = np.array(joint.range) * units.meters
            joint.ref, joint.springref = joint.ref * units.meters, joint.springref * units.meters
            joint.margin *= units.meters
