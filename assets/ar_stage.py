"""A stage as viewers of augmented reality take it: one layer, Y up, metres, and only what is drawn.

Their profile (`UsdUtils.ComplianceChecker(arkit=True)`) knows no point instancers, planes, lights or physics.
Instanced cubes become a mesh per prototype and material, planes become meshes, and what is not drawn is left
out.
"""

from __future__ import annotations

from collections.abc import Iterator

from pxr import Gf, Sdf, Usd, UsdGeom

from .ar_instances import expand_instances
from .ar_meshes import replace_plane

_TYPES = {
    *(
        "",
        "Camera",
        "Capsule",
        "Cone",
        "Cube",
        "Cylinder",
        "GeomSubset",
        "Material",
        "Mesh",
        "Points",
        "Scope",
    ),
    *("Shader", "SkelAnimation", "SkelRoot", "Skeleton", "Sphere", "Xform"),
}
_SCHEMAS = {"MaterialBindingAPI", "SkelBindingAPI"}
# Of properties; those without a namespace are kept.
_NAMESPACES = {"info", "inputs", "material", "outputs", "primvars", "skel", "xformOp"}
_DRAWN_PURPOSES = (UsdGeom.Tokens.default_, UsdGeom.Tokens.render)


def ar_stage(source: Usd.Stage) -> Usd.Stage:
    """A copy of `source` in memory, with its time samples.

    Raises:
        ValueError: nothing is drawn in it.
    """
    stage = Usd.Stage.Open(source.Flatten(addSourceFileComment=False))
    for prim in [prim for prim in stage.Traverse() if prim.IsA(UsdGeom.PointInstancer)]:
        expand_instances(UsdGeom.PointInstancer(prim))
    for prim in [prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Plane) and is_drawn(prim)]:
        replace_plane(UsdGeom.Plane(prim))
    _drop_undrawn(stage)
    if not any(prim.IsA(UsdGeom.Gprim) for prim in stage.Traverse()):
        raise ValueError("nothing in it is drawn.")
    _strip(stage)
    _turn_upright(stage)
    return stage


def is_drawn(prim: Usd.Prim) -> bool:
    """Whether a viewer draws it: visible at some time, and no guide or proxy."""
    image = UsdGeom.Imageable(prim)
    hidden = image.ComputeVisibility(Usd.TimeCode.EarliestTime()) == UsdGeom.Tokens.invisible
    return image.ComputePurpose() in _DRAWN_PURPOSES and not hidden


def _drop_undrawn(stage: Usd.Stage) -> None:
    drop = [
        prim.GetPath()
        for prim in stage.TraverseAll()
        if prim.GetTypeName() not in _TYPES or (prim.IsA(UsdGeom.Gprim) and not is_drawn(prim))
    ]
    for path in drop:
        if stage.GetPrimAtPath(path):  # it may have gone with a parent
            stage.RemovePrim(path)


def _strip(stage: Usd.Stage) -> None:
    """Leave only what says how things look: no physics, no schemas that a viewer may not know."""
    layer = stage.GetRootLayer()
    with Sdf.ChangeBlock():
        for prim in stage.TraverseAll():
            spec = layer.GetPrimAtPath(prim.GetPath())
            if spec is None:
                continue
            kept = [name for name in prim.GetAppliedSchemas() if name in _SCHEMAS]
            spec.ClearInfo("apiSchemas")
            if kept:
                spec.SetInfo("apiSchemas", Sdf.TokenListOp.Create(prependedItems=kept))
            for item in list(spec.properties):
                namespace, colon, _ = item.name.partition(":")
                if colon and namespace not in _NAMESPACES:
                    spec.RemoveProperty(item)


def _turn_upright(stage: Usd.Stage) -> None:
    """Turn and scale everything from outside to Y up and metres."""
    scale = UsdGeom.GetStageMetersPerUnit(stage)
    upright = Gf.Matrix4d().SetScale(scale)
    if UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.z:
        upright *= Gf.Matrix4d().SetRotate(Gf.Rotation(Gf.Vec3d.XAxis(), -90.0))
    if upright != Gf.Matrix4d(1.0):
        for prim in list(_outermost(stage.GetPseudoRoot())):
            own = UsdGeom.Xformable(prim).GetOrderedXformOps()
            reset = UsdGeom.Xformable(prim).GetResetXformStack()
            operation = UsdGeom.Xformable(prim).AddTransformOp(opSuffix="upright")
            operation.Set(upright)
            UsdGeom.Xformable(prim).SetXformOpOrder([operation, *own], reset)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)


def _outermost(parent: Usd.Prim) -> Iterator[Usd.Prim]:
    """Prims that stand in the world: no transform above them, or none that they heed."""
    for prim in Usd.PrimRange(parent):
        if prim.IsA(UsdGeom.Xformable) and (
            UsdGeom.Xformable(prim).GetResetXformStack() or not _has_xformable_above(prim)
        ):
            yield prim


def _has_xformable_above(prim: Usd.Prim) -> bool:
    above = prim.GetParent()
    while above and not above.IsPseudoRoot():
        if above.IsA(UsdGeom.Xformable):
            return True
        above = above.GetParent()
    return False
