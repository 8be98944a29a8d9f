"""Meshes that take the place of prims which viewers of augmented reality do not know."""

from __future__ import annotations

import numpy as np
from pxr import Sdf, Usd, UsdGeom, UsdShade, Vt

from .box_mesh import PolygonMesh

# Corners of a square in the plane, counter-clockwise about its normal, as pairs of the other two axes.
_SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])


def define_mesh(stage: Usd.Stage, path: Sdf.Path, mesh: PolygonMesh) -> UsdGeom.Mesh:
    """A mesh of flat quadrilaterals with a normal per corner, so that no viewer rounds its edges."""
    prim = UsdGeom.Mesh.Define(stage, path)
    prim.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    prim.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(mesh.points.astype(np.float32)))
    prim.CreateExtentAttr(UsdGeom.PointBased.ComputeExtent(prim.GetPointsAttr().Get()))
    prim.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(mesh.counts.astype(np.int32)))
    prim.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(mesh.indices.astype(np.int32)))
    corners = mesh.points[mesh.indices.reshape(-1, 4)]
    normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    prim.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(np.repeat(normals, 4, axis=0).astype(np.float32)))
    prim.SetNormalsInterpolation(UsdGeom.Tokens.faceVarying)
    return prim


def copy_look(source: UsdGeom.Gprim, target: UsdGeom.Gprim) -> None:
    """Give `target` the colour and the material of `source`."""
    color = source.GetDisplayColorAttr().Get()
    if color:
        target.CreateDisplayColorAttr(color)
    material, _ = UsdShade.MaterialBindingAPI(source).ComputeBoundMaterial()
    if material:
        UsdShade.MaterialBindingAPI.Apply(target.GetPrim()).Bind(material)


def replace_plane(plane: UsdGeom.Plane) -> None:
    """Make a mesh of a plane, of the size that the plane is drawn in."""
    stage, path = plane.GetPrim().GetStage(), plane.GetPath()
    axis = "XYZ".index(plane.GetAxisAttr().Get())
    # Width lies along X, or along Z of a plane across X; length along Y, or along Z of a plane across Y.
    along = {0: (2, 1), 1: (0, 2), 2: (0, 1)}[axis]
    points = np.zeros((4, 3))
    points[:, along] = _SQUARE * (plane.GetWidthAttr().Get(), plane.GetLengthAttr().Get())
    order = [0, 1, 2, 3] if axis == 2 else [0, 3, 2, 1]
    for name in ("axis", "width", "length"):
        plane.GetPrim().RemoveProperty(name)
    mesh = define_mesh(stage, path, PolygonMesh(points, np.array([4]), np.array(order)))
    mesh.CreateDoubleSidedAttr(True)
