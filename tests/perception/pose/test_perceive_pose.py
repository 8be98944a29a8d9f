"""`gaitway perceive pose` on files: picture, mask and mesh in, poses out, or one sentence."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import trimesh
from gaitway.cli.perceive.pose import Pose
from gaitway.perception.metrics.pose import add_s

from ..looks import logged, text_of
from .conftest import picture, placed


@pytest.fixture
def files(carton, camera, tmp_path):
    rng = np.random.default_rng(2)
    truth = placed(rng)
    depth, mask = picture(carton, camera, truth, rng)
    cv2.imwrite(str(tmp_path / "depth.png"), np.round(1000 * depth).astype(np.uint16))
    cv2.imwrite(str(tmp_path / "mask.png"), np.where(mask, 7, 0).astype(np.uint8))
    trimesh.Trimesh(carton.model.vertices, carton.model.faces).export(tmp_path / "carton.ply")
    return tmp_path, truth


def command(folder, **changes):
    settings = {
        "depth": folder / "depth.png",
        "mask": folder / "mask.png",
        "mesh": folder / "carton.ply",
        "intrinsics": (300.0, 300.0, 159.5, 119.5),
        "out": folder / "poses.json",
    }
    return Pose(**{**settings, **changes})


def test_a_pose_is_written_as_bop_has_it(files, carton):
    folder, truth = files
    report, view = folder / "poses.html", folder / "poses.rrd"
    command(folder, plot=folder / "plot.png", report=report, view=view).run()
    (row,) = json.loads((folder / "poses.json").read_text())
    assert row["found"] and row["instance"] == 7 and row["object"] == "carton"
    pose = np.eye(4)
    pose[:3, :3] = np.reshape(row["cam_R_m2c"], (3, 3))
    pose[:3, 3] = np.array(row["cam_t_m2c"]) / 1000
    assert add_s(pose, truth, carton.model.samples[0]) < 0.005
    assert np.shape(row["covariance"]) == (6, 6)
    assert "Poses of carton" in text_of(report, 2)
    (shown,) = logged(view, "/camera/carton/7", "Transform3D:translation")
    np.testing.assert_allclose(shown[0], pose[:3, 3], atol=1e-6)
    assert cv2.imread(str(folder / "plot.png")).shape == (240, 320, 3)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mesh_unit": 1000.0}, "in millimetres"),
        ({"depth_units": 1.0}, "is the depth in millimetres"),
        ({"depth_units": 0.0}, "0 depth units in a metre"),
        ({"intrinsics": (300.0, 300.0, 1595.0, 119.5)}, "principal point"),
        ({"mask": None, "depth": "none.png"}, "no such file"),
        ({"mask": "depth.png"}, "is all background|px"),
    ],
)
def test_bad_input_leaves_nothing_half_written(files, changes, sentence):
    folder, _ = files
    changes = {k: folder / v if isinstance(v, str) else v for k, v in changes.items()}
    if changes.get("mask") == folder / "depth.png":
        changes["mask"] = folder / "empty.png"
        cv2.imwrite(str(changes["mask"]), np.zeros((240, 320), np.uint8))
    with pytest.raises(ValueError, match=sentence):
        command(folder, **changes).run()
    assert not list(folder.glob("poses.json*"))
