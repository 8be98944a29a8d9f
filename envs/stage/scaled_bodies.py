"""Bodies under a scale: MuJoCo's have none, and its importer scales their shapes but not their distances."""

from __future__ import annotations

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics

from .report import StageReport


def bake_body_scales(stage: Usd.Stage, report: StageReport) -> None:
    """Move the scale of every rigid body into what it carries; nothing looks different afterwards."""
    cache = UsdGeom.XformCache()
    scales = {
        prim.GetPath(): scale
        for prim in stage.Traverse()
        if prim.HasAPI(UsdPhysics.RigidBodyAPI)
        and not np.allclose(scale := _scale(cache.GetLocalToWorldTransform(prim)), 1.0, atol=1e-6)
    }
    if not scales:
        return
    for prim in stage.Traverse():
        if prim.IsA(UsdPhysics.Joint):
            joint = UsdPhysics.Joint(prim)
            _scale_anchor(joint.GetBody0Rel(), joint.GetLocalPos0Attr(), scales)
            _scale_anchor(joint.GetBody1Rel(), joint.GetLocalPos1Attr(), scales)
        if prim.GetPath() in scales and UsdPhysics.MassAPI(prim).GetCenterOfMassAttr().HasAuthoredValue():
            center = UsdPhysics.MassAPI(prim).GetCenterOfMassAttr()
            center.Set(Gf.CompMult(center.Get(), Gf.Vec3f(*map(float, scales[prim.GetPath()]))))
    _place_without_scale(stage, scales)
    report.conversions.append(f"moved the scale of {len(scales)} rigid bodies into their shapes")


def _place_without_scale(stage: Usd.Stage, scales: dict[Sdf.Path, np.ndarray]) -> None:
    """Write every transform below a scaled body anew: bodies lose their scale, all else keeps its place."""
    old = UsdGeom.XformCache()
    below = [prim for prim in stage.Traverse() if any(prim.GetPath().HasPrefix(path) for path in scales)]
    worlds = [(prim, old.GetLocalToWorldTransform(prim)) for prim in below if prim.IsA(UsdGeom.Xformable)]
    placed: dict[Sdf.Path, Gf.Matrix4d] = {}  # transforms to the world from now on
    for prim, world in worlds:
        parent = prim.GetParent()
        parent_world = placed.get(parent.GetPath()) or old.GetLocalToWorldTransform(parent)
        placed[prim.GetPath()] = world.RemoveScaleShear() if prim.HasAPI(UsdPhysics.RigidBodyAPI) else world
        _set_transform(prim, placed[prim.GetPath()] * parent_world.GetInverse())


def _set_transform(prim: Usd.Prim, matrix: Gf.Matrix4d) -> None:
    xformable = UsdGeom.Xformable(prim)
    xformable.ClearXformOpOrder()
    xformable.MakeMatrixXform().Set(matrix)


def _scale_anchor(
    bodies: Usd.Relationship, position: Usd.Attribute, scales: dict[Sdf.Path, np.ndarray]
) -> None:
    for body in bodies.GetTargets():
        if body in scales:
            position.Set(Gf.CompMult(position.Get(), Gf.Vec3f(*map(float, scales[body]))))


def _scale(matrix: Gf.Matrix4d) -> np.ndarray:
    return np.linalg.norm(np.array(matrix)[:3, :3], axis=1)
