"""`gaitway perceive bop` on a scene laid out by hand as BOP describes it."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import trimesh
from gaitway.cli.perceive.bop import Bop
from gaitway.perception.metrics.pose_report import PoseErrors, average_recall

from .conftest import HALF_TURNS, picture


@pytest.fixture
def data_set(carton, camera, tmp_path):
    """One picture with two cartons, of which the second is all hidden."""
    truth = np.eye(4)
    truth[:3, :3] = [[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]]
    truth[:3, 3] = 0.05, 0.02, 0.6
    depth, mask = picture(carton, camera, truth, np.random.default_rng(0))
    scene, models = tmp_path / "test/000003", tmp_path / "models"
    for name in ("rgb", "depth", "mask", "mask_visib"):
        (scene / name).mkdir(parents=True)
    models.mkdir()
    cv2.imwrite(str(scene / "rgb/000007.png"), np.zeros((240, 320, 3), np.uint8))
    cv2.imwrite(str(scene / "depth/000007.png"), np.round(10_000 * depth).astype(np.uint16))
    for kind in ("mask", "mask_visib"):
        for i, shown in enumerate((mask, np.zeros_like(mask))):
            cv2.imwrite(str(scene / f"{kind}/000007_{i:06d}.png"), 255 * shown.astype(np.uint8))
    matrix = [300.0, 0, 159.5, 0, 300.0, 119.5, 0, 0, 1]
    (scene / "scene_camera.json").write_text(json.dumps({"7": {"cam_K": matrix, "depth_scale": 0.1}}))
    pose = {
        "cam_R_m2c": truth[:3, :3].ravel().tolist(),
        "cam_t_m2c": (1000 * truth[:3, 3]).tolist(),
        "obj_id": 5,
    }
    (scene / "scene_gt.json").write_text(json.dumps({"7": [pose, pose]}))
    trimesh.Trimesh(1000 * carton.model.vertices, carton.model.faces).export(models / "obj_000005.ply")
    info = {"diameter": 198.0, "symmetries_discrete": [turn.ravel().tolist() for turn in HALF_TURNS]}
    (models / "models_info.json").write_text(json.dumps({"5": info}))
    return tmp_path, truth


def test_results_are_written_as_the_challenge_takes_them(data_set, capsys):
    folder, truth = data_set
    Bop(folder / "test/000003", folder / "models", folder / "out.csv").run()
    header, *lines = (folder / "out.csv").read_text().splitlines()
    assert header == "scene_id,im_id,obj_id,score,R,t,time"
    (line,) = lines  # of the one that is seen
    scene, number, identity, score, rotation, position, seconds = line.split(",")
    assert (int(scene), int(number), int(identity)) == (3, 7, 5)
    assert float(score) > 0.7 and float(seconds) > 0
    np.testing.assert_allclose(np.array(position.split(), float), 1000 * truth[:3, 3], atol=3)
    turned = np.array(rotation.split(), float).reshape(3, 3).T @ truth[:3, :3]
    np.testing.assert_allclose(np.abs(turned), np.eye(3), atol=0.03)  # but for a half turn
    assert "1 objects, 1 found" in capsys.readouterr().out


def test_what_is_not_found_counts_as_wrong():
    exact = PoseErrors(0.2, 0.0, 0.0, 0.0, 0.0, (0.0,) * 10)
    assert average_recall([exact, exact], [True, False], 640) == {
        "vsd": 0.5,
        "mssd": 0.5,
        "mspd": 0.5,
        "ar": 0.5,
    }
