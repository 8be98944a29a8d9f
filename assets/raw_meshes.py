"""Meshes of a robot as their files have them, in place of MuJoCo's, which are centred and rounded again."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import mujoco
import numpy as np
from pxr import Gf, Tf, Usd, UsdGeom, Vt


def write_raw_meshes(stage: Usd.Stage, spec: mujoco.MjSpec) -> None:
    """Give every mesh prim the vertices of its file, under the scale and pose that the robot file says."""
    prims = {prim.GetName(): prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)}
    for geom in spec.geoms:
        prim = prims.get(Tf.MakeValidIdentifier(geom.name))
        asset = spec.mesh(geom.meshname) if geom.meshname else None
        if prim is None or asset is None:
            continue
        raw = _vertices(asset, Path(spec.meshdir))
        if raw is not None:
            _write(UsdGeom.Mesh(prim), geom, asset, *raw)


def _vertices(asset: mujoco.MjsMesh, folder: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Vertices (n, 3) and triangles (m, 3) of an asset, None where MuJoCo would compute the triangles."""
    if asset.file:
        vertices, faces = _read(str(folder / asset.file))
    else:
        vertices = np.array(asset.uservert, dtype=np.float32).reshape(-1, 3)
        faces = np.array(asset.userface, dtype=np.int32).reshape(-1, 3)
    return (vertices, faces) if len(faces) else None


@cache
def _read(file: str) -> tuple[np.ndarray, np.ndarray]:
    if file.lower().endswith(".msh"):
        return _read_msh(Path(file).read_bytes())
    try:
        mesh = mujoco.MjSpec.from_file(file).meshes[0]
    except ValueError:  # a format that only MuJoCo's compiler reads
        return np.empty((0, 3), np.float32), np.empty((0, 3), np.int32)
    vertices = np.array(mesh.uservert, dtype=np.float32).reshape(-1, 3)
    return vertices, np.array(mesh.userface, dtype=np.int32).reshape(-1, 3)


def _read_msh(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """MuJoCo's own format: four counts, vertices, normals, texture coordinates and triangles in 32 bits."""
    vertices, normals, coordinates, faces = np.frombuffer(content, np.int32, 4)
    skipped = 16 + 4 * (3 * vertices + 3 * normals + 2 * coordinates)
    points = np.frombuffer(content, np.float32, 3 * vertices, 16).reshape(-1, 3)
    return points, np.frombuffer(content, np.int32, 3 * faces, skipped).reshape(-1, 3)


def _write(
    mesh: UsdGeom.Mesh, geom: mujoco.MjsGeom, asset: mujoco.MjsMesh, vertices: np.ndarray, faces: np.ndarray
) -> None:
    mesh.GetPointsAttr().Set(Vt.Vec3fArray.FromNumpy(vertices))
    mesh.GetFaceVertexIndicesAttr().Set(Vt.IntArray.FromNumpy(np.ascontiguousarray(faces.reshape(-1))))
    mesh.GetFaceVertexCountsAttr().Set(Vt.IntArray(len(faces), 3))
    mesh.GetExtentAttr().Set(Vt.Vec3fArray.FromNumpy(np.array([vertices.min(0), vertices.max(0)])))
    mesh.GetPrim().RemoveProperty("normals")  # of the centred mesh
    mesh.ClearXformOpOrder()
    for op in [name for name in mesh.GetPrim().GetPropertyNames() if name.startswith("xformOp:")]:
        mesh.GetPrim().RemoveProperty(op)
    mesh.AddTranslateOp().Set(Gf.Vec3d(*np.array(geom.pos).tolist()))
    mesh.AddOrientOp(UsdGeom.XformOp.PrecisionDouble).Set(Gf.Quatd(*np.array(geom.quat).tolist()))
    mesh.AddScaleOp(UsdGeom.XformOp.PrecisionDouble).Set(Gf.Vec3d(*np.array(asset.scale).tolist()))
