"""Mesh files read by trimesh and by USD."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from gaitway.perception.mapping.mesh import Mesh
from gaitway.perception.mapping.mesh_files import save_mesh
from pxr import Usd, UsdGeom

MESH = Mesh(
    np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3.5]], np.float32),
    np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32),
    np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30]], np.uint8),
)


@pytest.mark.parametrize("end", ["ply", "obj"])
def test_trimesh_reads_what_was_written(tmp_path, end):
    save_mesh(MESH, tmp_path / f"m.{end}")
    read = trimesh.load_mesh(tmp_path / f"m.{end}", process=False)
    np.testing.assert_allclose(read.vertices, MESH.vertices)
    np.testing.assert_array_equal(read.faces, MESH.triangles)
    np.testing.assert_allclose(read.visual.vertex_colors[:, :3], MESH.colours, atol=1)
    assert read.volume == pytest.approx(1 * 2 * 3.5 / 6)


def test_usd_reads_what_was_written(tmp_path):
    save_mesh(MESH, tmp_path / "m.usda")
    stage = Usd.Stage.Open(str(tmp_path / "m.usda"))
    mesh = UsdGeom.Mesh(stage.GetDefaultPrim())
    np.testing.assert_allclose(mesh.GetPointsAttr().Get(), MESH.vertices)
    np.testing.assert_array_equal(mesh.GetFaceVertexIndicesAttr().Get(), MESH.triangles.ravel())
    np.testing.assert_allclose(mesh.GetDisplayColorAttr().Get(), MESH.colours / 255, atol=1e-5)
    assert UsdGeom.GetStageUpAxis(stage) == "Z"
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1


def test_other_kinds_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.ply, \.obj or \.usda"):
        save_mesh(MESH, tmp_path / "m.stl")
    assert not list(tmp_path.iterdir())
