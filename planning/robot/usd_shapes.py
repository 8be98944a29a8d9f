"""Reads the shapes of a link from USD."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pxr import Usd, UsdGeom, UsdPhysics

from .shape import Shape, check_shape

_AXES = {"X": 0, "Y": 1, "Z": 2}


def link_shapes(
    body: Usd.Prim, pose: np.ndarray, to_world: Callable[[Usd.Prim], np.ndarray], unit: float
) -> tuple[Shape, ...]:
    """What collides of a rigid body; what is drawn if nothing does.

    Args:
        body: prim of the link.
        pose: (4, 4) of the link in the world, in m.
        to_world: gives a prim's (4, 4) transform in the world, scale included, in the stage's units.
        unit: metres in one of the stage's units.

    Raises:
        RobotFileError: a shape has no size.
    """
    solids = _solids(body)
    chosen = [prim for prim in solids if _collides(prim, body)] or [
        prim for prim in solids if _is_drawn(prim)
    ]
    inverse = np.linalg.inv(pose)
    shapes = []
    for prim in chosen:
        to_link = to_world(prim).copy()
        to_link[:3] *= unit
        shapes.append(check_shape(_shape(prim, inverse @ to_link), f"shape {prim.GetPath()}"))
    return tuple(shapes)


def _solids(body: Usd.Prim) -> list[Usd.Prim]:
    kinds = (UsdGeom.Cube, UsdGeom.Sphere, UsdGeom.Cylinder, UsdGeom.Capsule, UsdGeom.Mesh)
    solids, prims = [], iter(Usd.PrimRange(body, Usd.TraverseInstanceProxies()))
    for prim in prims:
        if prim != body and prim.HasAPI(UsdPhysics.RigidBodyAPI):
            prims.PruneChildren()
        elif (
            prim.GetTypeName() in [kind.__name__ for kind in kinds]
            and "MjcSiteAPI" not in prim.GetAppliedSchemas()
        ):
            solids.append(prim)
    return solids


def _collides(prim: Usd.Prim, body: Usd.Prim) -> bool:
    """Whether the prim or a parent up to the body takes part in collisions."""
    while prim != body:
        if prim.HasAPI(UsdPhysics.CollisionAPI):
            return bool(UsdPhysics.CollisionAPI(prim).GetCollisionEnabledAttr().Get())
        prim = prim.GetParent()
    return False


def _is_drawn(prim: Usd.Prim) -> bool:
    image = UsdGeom.Imageable(prim)
    is_shown = image.ComputeVisibility() != UsdGeom.Tokens.invisible
    return is_shown and image.ComputePurpose() in (UsdGeom.Tokens.default_, UsdGeom.Tokens.render)


def _shape(prim: Usd.Prim, to_link: np.ndarray) -> Shape:
    """A shape from its affine transform into the link; round ones under uneven scales become wide enough."""
    if prim.IsA(UsdGeom.Mesh):
        mesh = UsdGeom.Mesh(prim)
        points = np.array(mesh.GetPointsAttr().Get() or [], float).reshape(-1, 3)
        faces = _triangles(mesh)
        if np.linalg.det(to_link[:3, :3]) < 0:
            faces = faces[:, ::-1]
        return Shape("mesh", (), np.eye(4), points @ to_link[:3, :3].T + to_link[:3, 3], faces)
    scale = np.linalg.norm(to_link[:3, :3], axis=0)
    pose = to_link.copy()
    pose[:3, :3] /= np.where(scale > 0, scale, 1.0)
    if np.linalg.det(pose[:3, :3]) < 0:
        pose[:3, 0] *= -1  # primitives are their own mirror images
    if prim.IsA(UsdGeom.Cube):
        return Shape("box", tuple(scale * UsdGeom.Cube(prim).GetSizeAttr().Get() / 2), pose)
    if prim.IsA(UsdGeom.Sphere):
        return Shape("sphere", (float(max(scale)) * UsdGeom.Sphere(prim).GetRadiusAttr().Get(),), pose)
    is_capsule = prim.IsA(UsdGeom.Capsule)
    solid = UsdGeom.Capsule(prim) if is_capsule else UsdGeom.Cylinder(prim)
    # Turn the axes cyclically, so that the solid's own becomes z.
    order = [(_AXES[solid.GetAxisAttr().Get()] + step) % 3 for step in (1, 2, 0)]
    pose[:3, :3] = pose[:3, order]
    across, along = max(scale[order[0]], scale[order[1]]), scale[order[2]]
    size = (float(across) * solid.GetRadiusAttr().Get(), float(along) * solid.GetHeightAttr().Get() / 2)
    return Shape("capsule" if is_capsule else "cylinder", size, pose)


def _triangles(mesh: UsdGeom.Mesh) -> np.ndarray:
    """Faces (m, 3), polygons as fans, seen from outside counter-clockwise."""
    corners = np.array(mesh.GetFaceVertexIndicesAttr().Get() or [], int)
    faces, start = [], 0
    for count in mesh.GetFaceVertexCountsAttr().Get() or []:
        polygon = corners[start : start + count]
        faces += [(polygon[0], polygon[k], polygon[k + 1]) for k in range(1, count - 1)]
        start += count
    triangles = np.array(faces, int).reshape(-1, 3)
    is_left_handed = mesh.GetOrientationAttr().Get() == UsdGeom.Tokens.leftHanded
    return triangles[:, ::-1] if is_left_handed else triangles
