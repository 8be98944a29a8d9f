"""`UsdGeom.Camera` -> MuJoCo cameras. Both look down -Z with +Y up, so the pose carries over as it is."""

from __future__ import annotations

import math

import mujoco
from pxr import Usd, UsdGeom

from .frames import local_pose, owner_body
from .report import StageReport


def add_cameras(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport, meters_per_unit: float) -> None:
    """Add every perspective camera to the body it is on, with its vertical field of view."""
    for prim in stage.Traverse():
        if not prim.IsA(UsdGeom.Camera):
            continue
        camera = UsdGeom.Camera(prim)
        if camera.GetProjectionAttr().Get() != UsdGeom.Tokens.perspective:
            report.lose(prim.GetPath(), "an orthographic camera")
            continue
        body, body_prim = owner_body(spec, prim)
        position, quaternion = local_pose(prim, body_prim, meters_per_unit)
        aperture, focal = camera.GetVerticalApertureAttr().Get(), camera.GetFocalLengthAttr().Get()
        body.add_camera(
            name=str(prim.GetPath()),
            pos=position,
            quat=quaternion,
            fovy=math.degrees(2 * math.atan2(aperture / 2, focal)),
        )
        report.count("cameras")
