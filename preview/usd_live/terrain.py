"""The terrain of a task as a mesh: it is made with the model and is in no USD file."""

from __future__ import annotations

import mujoco
import numpy as np
from pxr import Sdf, Usd, UsdGeom, UsdSemantics, Vt

from ...assets.box_mesh import PolygonMesh, box_mesh, joined
from ...envs.stage.units import stage_to_model
from .transforms import pose_matrices

_PREFIX = "terrain_"


def terrain_geoms(model: mujoco.MjModel) -> list[int]:
    """Geoms of the model that are its terrain."""
    return [geom for geom in range(model.ngeom) if model.geom(geom).name.startswith(_PREFIX)]


def terrain_text(model: mujoco.MjModel, stage: Usd.Stage, path: Sdf.Path) -> str:
    """A layer with the model's terrain at `path`, in the units and axes of `stage`."""
    geoms = terrain_geoms(model)
    mesh = joined([_field(model, geom) if _is_field(model, geom) else _box(model, geom) for geom in geoms])
    to_stage = np.linalg.inv(stage_to_model(stage))
    points = mesh.points @ to_stage[:3, :3]
    terrain = Usd.Stage.CreateInMemory("terrain.usda")
    prim = UsdGeom.Mesh.Define(terrain, path)
    prim.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    prim.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points.astype(np.float32)))
    prim.CreateExtentAttr(UsdGeom.PointBased.ComputeExtent(prim.GetPointsAttr().Get()))
    prim.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(mesh.counts.astype(np.int32)))
    prim.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(mesh.indices.astype(np.int32)))
    prim.CreateDisplayColorAttr([tuple(map(float, model.geom_rgba[geoms[0], :3]))])
    UsdSemantics.LabelsAPI.Apply(prim.GetPrim(), "class").CreateLabelsAttr(["ground"])
    return terrain.GetRootLayer().ExportToString()


def _is_field(model: mujoco.MjModel, geom: int) -> bool:
    return model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_HFIELD


def _box(model: mujoco.MjModel, geom: int) -> PolygonMesh:
    scale = np.diag([*(2 * model.geom_size[geom]), 1.0])
    return box_mesh((scale @ pose_matrices(model.geom_pos[geom], model.geom_quat[geom]))[None])


def _field(model: mujoco.MjModel, geom: int) -> PolygonMesh:
    """The surface of a height field, whose geom is never turned: rows along Y, columns along X."""
    field = model.geom_dataid[geom]
    rows, columns, start = model.hfield_nrow[field], model.hfield_ncol[field], model.hfield_adr[field]
    half_x, half_y, peak, _ = model.hfield_size[field]
    heights = model.hfield_data[start : start + rows * columns]
    y, x = np.meshgrid(
        np.linspace(-half_y, half_y, rows), np.linspace(-half_x, half_x, columns), indexing="ij"
    )
    points = np.column_stack((x.ravel(), y.ravel(), peak * heights)) + model.geom_pos[geom]
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    faces = corner[:, None] + (0, 1, columns + 1, columns)
    return PolygonMesh(points, np.full(len(faces), 4), faces.ravel())
