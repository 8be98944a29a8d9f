"""Writes the catalogue's objects as USD files that physics, the ray tracer and any viewer load."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pxr import Gf, Kind, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade, Vt

from .. import ASSETS
from .catalogue import CATALOGUE, BoxCollider, WarehouseObject
from .loft import TriangleMesh, corner_normals, mass_properties

OBJECTS_FOLDER = ASSETS / "props" / "objects"
"""Folder of the ten files."""


def object_file(name: str) -> Path:
    """File of the object `name`.

    Raises:
        ValueError: the catalogue has no such object.
    """
    if name not in CATALOGUE:
        raise ValueError(f"There is no object '{name}'; there are {', '.join(CATALOGUE)}.")
    return OBJECTS_FOLDER / f"{name}.usdc"


def write_objects(folder: Path) -> list[Path]:
    """Write every object to `folder`; equal bytes at each call."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for item in CATALOGUE.values():
        path = folder / f"{item.name}.usdc"
        stage = author(item)  # a layer does not outlive its stage
        if not stage.GetRootLayer().Export(str(path)):
            raise OSError(f"{path}: cannot be written; is the disk full?")
        paths.append(path)
    return paths


def author(item: WarehouseObject) -> Usd.Stage:
    """One object as a stage in memory.

    The symmetries are custom data of the default prim, as BOP's models_info has them but in m:
    `symmetriesDiscrete`, rows of 16 numbers of (4, 4) matrices for column vectors, and
    `symmetriesContinuous`, rows of an axis and a point on it.
    """
    stage = Usd.Stage.CreateInMemory(f"{item.name}.usdc")
    stage.GetRootLayer().documentation = (
        f"{item.name}, made by gaitway.assets.objects. Origin in the middle of the bounding box, Z up. "
        "`Shape` is what is seen; `Colliders` are what physics touches."
    )
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdPhysics.SetStageKilogramsPerUnit(stage, 1.0)
    root = UsdGeom.Xform.Define(stage, f"/{item.name}")
    stage.SetDefaultPrim(root.GetPrim())
    Usd.ModelAPI(root).SetKind(Kind.Tokens.component)
    root.GetPrim().SetCustomDataByKey("symmetriesDiscrete", Vt.DoubleArray(_discrete(item)))
    root.GetPrim().SetCustomDataByKey("symmetriesContinuous", Vt.DoubleArray(_continuous(item)))
    material = _material(stage, item)
    _physics(root, item)
    shape = _mesh(stage, f"/{item.name}/Shape", item.shape)
    shape.CreateDisplayColorAttr([item.color])
    UsdShade.MaterialBindingAPI.Apply(shape.GetPrim()).Bind(material)
    _colliders(stage, item, material)
    return stage


def _discrete(item: WarehouseObject) -> list[float]:
    rows = np.tile(np.eye(4), (len(item.symmetric_turns), 1, 1))
    rows[:, :3, :3] = item.symmetric_turns
    return (rows + 0.0).ravel().tolist()


def _continuous(item: WarehouseObject) -> list[float]:
    return [*item.symmetry_axis, 0.0, 0.0, 0.0] if item.symmetry_axis else []


def _material(stage: Usd.Stage, item: WarehouseObject) -> UsdShade.Material:
    path = f"/{item.name}/Material"
    material = UsdShade.Material.Define(stage, path)
    shader = UsdShade.Shader.Define(stage, f"{path}/Surface")
    shader.CreateIdAttr("UsdPreviewSurface")
    shader.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).Set(item.color)
    shader.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(item.roughness)
    shader.CreateInput("metallic", Sdf.ValueTypeNames.Float).Set(item.metallic)
    shader.CreateOutput("surface", Sdf.ValueTypeNames.Token)
    material.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
    physics = UsdPhysics.MaterialAPI.Apply(material.GetPrim())
    physics.CreateStaticFrictionAttr(item.friction)
    physics.CreateDynamicFrictionAttr(item.friction)
    return material


def _physics(root: UsdGeom.Xform, item: WarehouseObject) -> None:
    UsdPhysics.RigidBodyAPI.Apply(root.GetPrim())
    properties = mass_properties(item.shape)
    moments, axes = np.linalg.eigh(properties.inertia * item.mass / properties.volume)
    axes *= np.sign(np.linalg.det(axes))
    matrix = Gf.Matrix3d(*axes.T.ravel().tolist())  # row vectors
    turn = matrix.ExtractRotation().GetQuat()
    mass = UsdPhysics.MassAPI.Apply(root.GetPrim())
    mass.CreateMassAttr(item.mass)
    mass.CreateCenterOfMassAttr(Gf.Vec3f(*_rounded(properties.center, 9)))
    mass.CreateDiagonalInertiaAttr(Gf.Vec3f(*_rounded(moments, 12)))
    parts = _rounded(np.array([turn.GetReal(), *turn.GetImaginary()]), 6)
    mass.CreatePrincipalAxesAttr(Gf.Quatf(*parts))


def _rounded(values: np.ndarray, digits: int) -> list:
    """So that the last bits of a linear algebra library do not change the file."""
    return (np.round(values, digits) + 0.0).tolist()


def _mesh(stage: Usd.Stage, path: str, mesh: TriangleMesh) -> UsdGeom.Mesh:
    prim = UsdGeom.Mesh.Define(stage, path)
    points = np.array(_rounded(mesh.vertices, 6), dtype=np.float32)
    prim.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points))
    prim.CreateFaceVertexCountsAttr(Vt.IntArray(len(mesh.faces), 3))
    prim.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(mesh.faces.astype(np.int32).ravel()))
    prim.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(np.array([points.min(axis=0), points.max(axis=0)])))
    normals = _rounded(corner_normals(mesh).reshape(-1, 3), 4)
    prim.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(np.array(normals, dtype=np.float32)))
    prim.SetNormalsInterpolation(UsdGeom.Tokens.faceVarying)
    prim.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    return prim


def _colliders(stage: Usd.Stage, item: WarehouseObject, material: UsdShade.Material) -> None:
    scope = UsdGeom.Scope.Define(stage, f"/{item.name}/Colliders")
    scope.CreatePurposeAttr(UsdGeom.Tokens.guide)
    for k, collider in enumerate(item.colliders):
        path = f"/{item.name}/Colliders/{item.name}_{k}"
        if isinstance(collider, BoxCollider):
            prim = _cube(stage, path, collider).GetPrim()
        else:
            prim = _mesh(stage, path, collider).GetPrim()
            convex = UsdPhysics.MeshCollisionAPI.Apply(prim)
            convex.CreateApproximationAttr(UsdPhysics.Tokens.convexHull)
        UsdPhysics.CollisionAPI.Apply(prim)
        binding = UsdShade.MaterialBindingAPI.Apply(prim)
        binding.Bind(material, UsdShade.Tokens.weakerThanDescendants, "physics")


def _cube(stage: Usd.Stage, path: str, box: BoxCollider) -> UsdGeom.Cube:
    cube = UsdGeom.Cube.Define(stage, path)
    cube.CreateSizeAttr(1.0)
    cube.CreateExtentAttr(Vt.Vec3fArray([Gf.Vec3f(-0.5), Gf.Vec3f(0.5)]))
    cube.AddTranslateOp().Set(Gf.Vec3d(*_rounded(np.array(box.center), 6)))
    if box.yaw:
        cube.AddRotateZOp().Set(float(np.degrees(box.yaw)))
    cube.AddScaleOp().Set(Gf.Vec3f(*_rounded(np.array(box.size), 6)))
    return cube
