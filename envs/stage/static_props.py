"""`UsdGeom.PointInstancer` -> static geoms on the world: shelves, pallets and boxes by the thousand.

MuJoCo's importer does not know point instancers. Prototypes of static primitives become plain geoms on the
world body: MuJoCo's midphase keeps them out of the way of robots that are elsewhere, and the ray tracer is
faster on boxes than on one merged mesh of them (0.29 s against 0.49 s a frame for 16,000 boxes).
"""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdPhysics

from .frames import pose_of
from .report import StageReport

_TYPES = {
    "Cube": mujoco.mjtGeom.mjGEOM_BOX,
    "Sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
    "Cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "Capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
}
# `Gf.Rotation()` leaves its angle undefined.
_NO_ROTATION = Gf.Rotation(Gf.Vec3d.ZAxis(), 0.0)
# Turns a cylinder's own axis to the Z axis that MuJoCo's geoms have.
_AXIS_ROTATION = {
    "X": Gf.Rotation(Gf.Vec3d.ZAxis(), Gf.Vec3d.XAxis()),
    "Y": Gf.Rotation(Gf.Vec3d.ZAxis(), Gf.Vec3d.YAxis()),
    "Z": _NO_ROTATION,
}


@dataclass
class _Shape:
    """One primitive of a prototype, in the prototype's frame."""

    kind: mujoco.mjtGeom
    matrix: Gf.Matrix4d
    half_size: np.ndarray
    rgba: tuple[float, float, float, float]
    collides: bool


def take_instancers(stage: Usd.Stage) -> list[Usd.Prim]:
    """The stage's point instancers; their prims are deactivated in `stage` once `add_static_props` has run."""
    return [prim for prim in stage.Traverse() if prim.IsA(UsdGeom.PointInstancer)]


def add_static_props(
    instancers: list[Usd.Prim],
    spec: mujoco.MjSpec,
    report: StageReport,
    meters_per_unit: float,
    visuals: bool,
) -> None:
    """Add a geom for every primitive of every instance. Without `visuals`, only those that collide."""
    cache = UsdGeom.XformCache()
    for prim in instancers:
        instancer = UsdGeom.PointInstancer(prim)
        shapes = [
            _shapes(prim.GetStage().GetPrimAtPath(path), cache, report)
            for path in instancer.GetPrototypesRel().GetTargets()
        ]
        placements = instancer.ComputeInstanceTransformsAtTime(
            Usd.TimeCode.Default(), Usd.TimeCode.Default(), UsdGeom.PointInstancer.ExcludeProtoXform
        )
        to_world = cache.GetLocalToWorldTransform(prim)
        for prototype, placement in zip(instancer.GetProtoIndicesAttr().Get(), placements, strict=True):
            for shape in shapes[prototype]:
                if visuals or shape.collides:
                    _add_geom(spec, shape, shape.matrix * placement * to_world, meters_per_unit)
        report.count("point instances", len(placements))


def _shapes(prototype: Usd.Prim, cache: UsdGeom.XformCache, report: StageReport) -> list[_Shape]:
    """The primitives under a prototype; anything else is reported."""
    shapes = []
    from_root = cache.GetLocalToWorldTransform(prototype).GetInverse()
    for prim in Usd.PrimRange(prototype):
        if not prim.IsA(UsdGeom.Gprim):
            continue
        if prim.GetTypeName() not in _TYPES:
            report.lose(prim.GetPath(), f"a {prim.GetTypeName()} inside a point-instanced prototype")
            continue
        matrix = cache.GetLocalToWorldTransform(prim) * from_root
        rotation, half_size = _size(prim)
        color = UsdGeom.Gprim(prim).GetDisplayColorAttr().Get()
        shapes.append(
            _Shape(
                kind=_TYPES[prim.GetTypeName()],
                matrix=Gf.Matrix4d(rotation, Gf.Vec3d(0)) * matrix,
                half_size=half_size,
                rgba=(*color[0], 1.0) if color else (0.5, 0.5, 0.5, 1.0),
                collides=prim.HasAPI(UsdPhysics.CollisionAPI),
            )
        )
    return shapes


def _size(prim: Usd.Prim) -> tuple[Gf.Rotation, np.ndarray]:
    """Rotation onto MuJoCo's axis and MuJoCo's size before scaling."""
    name = prim.GetTypeName()
    if name == "Cube":
        return _NO_ROTATION, np.full(3, UsdGeom.Cube(prim).GetSizeAttr().Get() / 2)
    if name == "Sphere":
        return _NO_ROTATION, np.full(3, UsdGeom.Sphere(prim).GetRadiusAttr().Get())
    shape = UsdGeom.Cylinder(prim) if name == "Cylinder" else UsdGeom.Capsule(prim)
    radius, height = shape.GetRadiusAttr().Get(), shape.GetHeightAttr().Get()
    return _AXIS_ROTATION[shape.GetAxisAttr().Get()], np.array([radius, radius, height / 2])


def _add_geom(spec: mujoco.MjSpec, shape: _Shape, matrix: Gf.Matrix4d, meters_per_unit: float) -> None:
    scale = np.array([Gf.Vec3d(*row).GetLength() for row in np.array(matrix)[:3, :3]])
    size = shape.half_size * scale * meters_per_unit
    if shape.kind in (mujoco.mjtGeom.mjGEOM_CYLINDER, mujoco.mjtGeom.mjGEOM_CAPSULE):
        size = np.array([size[0], size[2], 0.0])
    position, quaternion = pose_of(matrix, meters_per_unit)
    spec.worldbody.add_geom(
        type=shape.kind,
        pos=position,
        quat=quaternion,
        size=size,
        rgba=shape.rgba,
        contype=int(shape.collides),
        conaffinity=int(shape.collides),
    )
