"""A bin on a floor with objects in it, as a stage that references their files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pxr import Gf, Kind, Usd, UsdGeom, UsdPhysics

from .author import object_file
from .catalogue import Vec3
from .open_box import OpenBox

_GREY: Vec3 = (0.30, 0.33, 0.36)


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
    stage = floor_stage(path.name)
    if size:
        add_open_box(stage, "Bin", OpenBox((0.0, 0.0), size))
    add_objects(stage, names, poses)
    stage.GetRootLayer().Export(str(path))


def floor_stage(name: str) -> Usd.Stage:
    """A stage in memory with gravity and a floor at height 0."""
    stage = Usd.Stage.CreateInMemory(name)
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
    return stage


def add_objects(stage: Usd.Stage, names: Sequence[str], poses: np.ndarray) -> None:
    """Put objects of the catalogue at `world_from_object` (len(names), 4, 4); see `write_bin_scene`."""
    for k, (name, pose) in enumerate(zip(names, poses, strict=True)):
        prim = UsdGeom.Xform.Define(stage, f"/World/{name}_{k}")
        prim.GetPrim().GetReferences().AddReference(object_file(name).resolve().as_posix())
        prim.AddTransformOp().Set(Gf.Matrix4d(pose.T.tolist()))


def add_open_box(stage: Usd.Stage, name: str, box: OpenBox, color: Vec3 = _GREY) -> None:
    """Put a box without a lid on the floor."""
    UsdGeom.Xform.Define(stage, f"/World/{name}")
    for part, (center, extent) in box.walls().items():
        cube = UsdGeom.Cube.Define(stage, f"/World/{name}/{part.capitalize()}")
        cube.CreateSizeAttr(1.0)
        cube.AddTranslateOp().Set(Gf.Vec3d(*center))
        cube.AddScaleOp().Set(Gf.Vec3f(*extent))
        cube.CreateDisplayColorAttr([color])
        UsdPhysics.CollisionAPI.Apply(cube.GetPrim())
