"""A bin on a floor with objects in it, as a stage that references their files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pxr import Gf, Kind, Usd, UsdGeom, UsdPhysics

from .author import object_file
from .catalogue import Vec3

WALL = 0.01
"""Thickness of the bin's walls and bottom, m."""


def write_bin_scene(path: Path, names: Sequence[str], poses: np.ndarray, size: Vec3 | None = None) -> None:
    """Write a stage of a floor at height 0, a bin about the origin and objects.

    Args:
        path: USD file to write.
        names: objects of the catalogue, any of them several times; the k-th becomes `/World/NAME_k`.
        poses: (len(names), 4, 4) `world_from_object`, m.
        size: of the bin's inside along X, Y and Z, in m; None for the floor alone.

    Raises:
        ValueError: a name that the catalogue does not have.
    """
    stage = Usd.Stage.CreateInMemory(path.name)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdPhysics.SetStageKilogramsPerUnit(stage, 1.0)
    world = UsdGeom.Xform.Define(stage, "/World")
    stage.SetDefaultPrim(world.GetPrim())
    Usd.ModelAPI(world).SetKind(Kind.Tokens.assembly)
    scene = UsdPhysics.Scene.Define(stage, "/World/PhysicsScene")
    scene.CreateGravityDirectionAttr(Gf.Vec3f(0, 0, -1))
    scene.CreateGravityMagnitudeAttr(9.81)
    floor = UsdGeom.Plane.Define(stage, "/World/Floor")
    floor.CreateWidthAttr(20.0)
    floor.CreateLengthAttr(20.0)
    floor.CreateAxisAttr(UsdGeom.Tokens.z)
    floor.CreateExtentAttr([(-10, -10, 0), (10, 10, 0)])
    floor.CreateDisplayColorAttr([(0.42, 0.43, 0.44)])
    UsdPhysics.CollisionAPI.Apply(floor.GetPrim())
    if size:
        _bin(stage, size)
    for k, (name, pose) in enumerate(zip(names, poses, strict=True)):
        prim = UsdGeom.Xform.Define(stage, f"/World/{name}_{k}")
        prim.GetPrim().GetReferences().AddReference(object_file(name).resolve().as_posix())
        prim.AddTransformOp().Set(Gf.Matrix4d(pose.T.tolist()))
    stage.GetRootLayer().Export(str(path))


def _bin(stage: Usd.Stage, size: Vec3) -> None:
    x, y, z = size
    outer = (x + 2 * WALL, y + 2 * WALL)
    parts = {
        "Bottom": ((*outer, WALL), (0.0, 0.0, WALL / 2)),
        "Left": ((WALL, outer[1], z), (-(x + WALL) / 2, 0.0, WALL + z / 2)),
        "Right": ((WALL, outer[1], z), ((x + WALL) / 2, 0.0, WALL + z / 2)),
        "Front": ((outer[0], WALL, z), (0.0, -(y + WALL) / 2, WALL + z / 2)),
        "Back": ((outer[0], WALL, z), (0.0, (y + WALL) / 2, WALL + z / 2)),
    }
    UsdGeom.Xform.Define(stage, "/World/Bin")
    for name, (extent, center) in parts.items():
        cube = UsdGeom.Cube.Define(stage, f"/World/Bin/{name}")
        cube.CreateSizeAttr(1.0)
        cube.AddTranslateOp().Set(Gf.Vec3d(*center))
        cube.AddScaleOp().Set(Gf.Vec3f(*extent))
        cube.CreateDisplayColorAttr([(0.30, 0.33, 0.36)])
        UsdPhysics.CollisionAPI.Apply(cube.GetPrim())
