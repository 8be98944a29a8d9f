"""Point instances -> prims: cubes of one prototype and look as one mesh, other shapes one by one."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from pxr import Gf, Sdf, Tf, Usd, UsdGeom, UsdShade

from .ar_meshes import copy_look, define_mesh
from .box_mesh import box_mesh


def expand_instances(instancer: UsdGeom.PointInstancer) -> None:
    """Put the instances that are drawn, as they are at the earliest time, in the instancer's place.

    Instancers in prototypes are left out.
    """
    prim, now = instancer.GetPrim(), Usd.TimeCode.EarliestTime()
    stage, before = prim.GetStage(), prim.GetAllChildrenNames()
    kinds = np.array(instancer.GetProtoIndicesAttr().Get(now), dtype=int)
    mask = instancer.ComputeMaskAtTime(now)
    kinds = kinds[np.array(mask, dtype=bool)] if mask else kinds
    placed = np.array(
        instancer.ComputeInstanceTransformsAtTime(now, now, UsdGeom.PointInstancer.ExcludeProtoXform)
    ).reshape(-1, 4, 4)
    for kind, path in enumerate(instancer.GetPrototypesRel().GetTargets()):
        if (kinds == kind).any():
            _expand(stage.GetPrimAtPath(path), placed[kinds == kind], prim)
    for name in before:  # the prototypes
        stage.RemovePrim(prim.GetPath().AppendChild(name))
    for attribute in UsdGeom.PointInstancer.GetSchemaAttributeNames(includeInherited=False):
        prim.RemoveProperty(attribute)
    prim.RemoveProperty("prototypes")
    prim.RemoveProperty("extent")
    prim.SetTypeName("Xform")


def _expand(prototype: Usd.Prim, placed: np.ndarray, target: Usd.Prim) -> None:
    """Make prims below `target` of a prototype that is placed by transforms (n, 4, 4)."""
    cache = UsdGeom.XformCache()
    # USD places a prototype by its own transform first, and then by the instance's.
    to_instance = cache.GetLocalToWorldTransform(prototype.GetParent()).GetInverse()
    boxes: dict[tuple, list[tuple[UsdGeom.Gprim, np.ndarray]]] = defaultdict(list)
    for prim in Usd.PrimRange(prototype):
        if not prim.IsA(UsdGeom.Gprim):
            continue
        transforms = np.array(cache.GetLocalToWorldTransform(prim) * to_instance) @ placed
        if prim.IsA(UsdGeom.Cube):
            size = np.diag([*np.full(3, UsdGeom.Cube(prim).GetSizeAttr().Get()), 1.0])
            boxes[_look(prim)].append((UsdGeom.Gprim(prim), size @ transforms))
        else:
            _copy(prim, transforms, target)
    for members in boxes.values():
        mesh = box_mesh(np.concatenate([transforms for _, transforms in members]))
        path = _free(target, f"{prototype.GetName()}_{members[0][0].GetPrim().GetName()}")
        copy_look(members[0][0], define_mesh(target.GetStage(), path, mesh))


def _look(prim: Usd.Prim) -> tuple:
    """What prims of one mesh have in common: purpose, visibility, material and colour."""
    image = UsdGeom.Imageable(prim)
    material, _ = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial()
    color = UsdGeom.Gprim(prim).GetDisplayColorAttr().Get()
    return (image.ComputePurpose(), image.ComputeVisibility(), str(material.GetPath()), tuple(color or ()))


def _copy(prim: Usd.Prim, transforms: np.ndarray, target: Usd.Prim) -> None:
    layer = target.GetStage().GetRootLayer()
    for transform in transforms:
        path = _free(target, prim.GetName())
        Sdf.CopySpec(layer, prim.GetPath(), layer, path)
        copy = UsdGeom.Gprim(target.GetStage().GetPrimAtPath(path))
        copy.ClearXformOpOrder()
        copy.AddTransformOp(opSuffix="instance").Set(Gf.Matrix4d(transform.tolist()))
        copy_look(UsdGeom.Gprim(prim), copy)


def _free(parent: Usd.Prim, name: str) -> Sdf.Path:
    """Path of a new child."""
    taken = set(parent.GetAllChildrenNames())
    name = Tf.MakeValidIdentifier(name)
    number = 0
    while (candidate := f"{name}_{number}" if number else name) in taken:
        number += 1
    return parent.GetPath().AppendChild(candidate)
