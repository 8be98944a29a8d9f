"""Reads an object's mesh and symmetries from USD, as arrays that perception takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pxr import Tf, Usd, UsdGeom


@dataclass(frozen=True, eq=False)
class ObjectMesh:
    """What there is to know about an object's shape.

    Attributes:
        name: of the file's default prim.
        vertices: (n, 3) in m, in the default prim's frame.
        faces: (m, 3) triangles.
        symmetries_discrete: (k, 4, 4) rigid motions besides the identity that leave the shape as it is.
        symmetries_continuous: (j, 6) axes and points on them, in m, about which any turn does.
    """

    name: str
    vertices: np.ndarray
    faces: np.ndarray
    symmetries_discrete: np.ndarray
    symmetries_continuous: np.ndarray


def read_object(path: Path) -> ObjectMesh:
    """Read every drawn mesh under a file's default prim as one, in metres whatever the stage's units.

    Raises:
        ValueError: no USD file, no default prim, or no mesh under it.
    """
    try:
        stage = Usd.Stage.Open(str(path))
    except Tf.ErrorException as error:
        raise ValueError(f"{path}: is no USD file that opens; check its path and its first lines.") from error
    root = stage.GetDefaultPrim()
    if not root:
        raise ValueError(f"{path}: has no defaultPrim; name the object's prim there.")
    unit = UsdGeom.GetStageMetersPerUnit(stage)
    cache = UsdGeom.XformCache()
    to_root = cache.GetLocalToWorldTransform(root).GetInverse()
    vertices, faces, count = [], [], 0
    for prim in Usd.PrimRange(root):
        if not prim.IsA(UsdGeom.Mesh) or UsdGeom.Imageable(prim).ComputePurpose() == UsdGeom.Tokens.guide:
            continue
        mesh = UsdGeom.Mesh(prim)
        matrix = np.array(cache.GetLocalToWorldTransform(prim) * to_root)
        points = np.array(mesh.GetPointsAttr().Get(), float)
        vertices.append((np.column_stack([points, np.ones(len(points))]) @ matrix)[:, :3] * unit)
        faces.append(_triangles(mesh) + count)
        count += len(points)
    if not vertices:
        raise ValueError(f"{path}: has no mesh under {root.GetPath()}; an object's shape must be a mesh.")
    discrete = np.array(root.GetCustomDataByKey("symmetriesDiscrete") or [], float).reshape(-1, 4, 4)
    continuous = np.array(root.GetCustomDataByKey("symmetriesContinuous") or [], float).reshape(-1, 6)
    return ObjectMesh(root.GetName(), np.concatenate(vertices), np.concatenate(faces), discrete, continuous)


def _triangles(mesh: UsdGeom.Mesh) -> np.ndarray:
    """Faces (m, 3), polygons as fans."""
    counts = np.array(mesh.GetFaceVertexCountsAttr().Get())
    corners = np.array(mesh.GetFaceVertexIndicesAttr().Get())
    starts = np.cumsum(counts) - counts
    size = counts - 2
    first = np.repeat(starts, size)
    step = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    triangles = np.column_stack([corners[first], corners[first + step + 1], corners[first + step + 2]])
    is_left_handed = mesh.GetOrientationAttr().Get() == UsdGeom.Tokens.leftHanded
    return triangles[:, ::-1] if is_left_handed else triangles
