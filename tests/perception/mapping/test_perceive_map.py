"""`gaitway perceive map` on small recordings."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from gaitway.perception.datasets import recording_writer
from gaitway.perception.recording import Frame
from gaitway.perception.trajectory import Trajectory, write_tum

from ...cli.command import gaitway
from ..looks import logged, text_of
from .analytic_scene import CAMERA, around, depth_of


@pytest.fixture
def recording(tmp_path):
    """A TUM RGB-D folder of the ball between walls."""
    folder = tmp_path / "tum"
    with recording_writer(folder, "tum", {"rgb": CAMERA, "depth": CAMERA}) as writer:
        for k, pose in enumerate(around()):
            depth = depth_of(pose)
            rgb = np.full((*depth.shape, 3), (180, 60, 20), np.uint8)
            writer.add_frame(Frame(0.1 * k, {"rgb": rgb, "depth": depth}))
            writer.add_truth(0.1 * k, pose)
    return folder


def run(monkeypatch, recording, *options):
    """Exit status of the command."""
    arguments = ("--input", recording, "--format", "tum", "--out", recording.parent / "map", "--far", 6)
    return gaitway(monkeypatch, "perceive", "map", *arguments, *options)


def test_a_map_comes_out(recording, monkeypatch, capsys):
    looks = ("--report", recording.parent / "map.html", "--view", recording.parent / "map.rrd")
    assert run(monkeypatch, recording, "--mesh", "usda", *looks) == 0
    out = recording.parent / "map"
    assert {path.name for path in out.iterdir()} == {
        "mesh.usda",
        "map.yaml",
        "map.pgm",
        "costmap.png",
        "slice.png",
        "map.json",
    }
    figures = json.loads((out / "map.json").read_text())
    assert figures["counters"]["frames"] == 24
    assert figures["counters"]["empty_frames"] == 0
    voxels = figures["voxels"]
    assert voxels["observed"] == voxels["free"] + voxels["occupied"] > 10000
    assert 0.5 < figures["occupied_m2"] < 8
    assert "24 pictures (0 without depth in range)" in capsys.readouterr().out.replace("\n", " ")
    text = text_of(recording.parent / "map.html", 5)
    assert f"{voxels['observed']:,}" in text
    (triangles,) = logged(recording.parent / "map.rrd", "/world/surface", "Mesh3D:triangle_indices")
    assert len(triangles) == figures["triangles"]
    picture = cv2.imread(str(out / "slice.png"))
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--far", 0.3), "none of 24 depth pictures has a pixel between 0.1 and 0.3 m"),
        (("--voxel", 0), "A map with voxels of 0 m"),
        (("--trajectory", "late.tum"), "No frame has a pose: the frames are of 0.000 to 2.300 s"),
    ],
)
def test_an_empty_map_says_what_was_missing_and_writes_nothing(
    recording, monkeypatch, capsys, options, message
):
    monkeypatch.chdir(recording.parent)
    write_tum(recording.parent / "late.tum", Trajectory(np.array([100.0, 101.0]), np.stack([np.eye(4)] * 2)))
    assert run(monkeypatch, recording, *options) == 1
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()) == 1
    assert not (recording.parent / "map").exists()


def test_a_recording_without_truth_or_depth_says_so(recording, monkeypatch, capsys):
    (recording / "groundtruth.txt").unlink()
    assert run(monkeypatch, recording) == 1
    assert "no ground truth; give the trajectory of its body" in capsys.readouterr().err
    write_tum(recording.parent / "t.tum", Trajectory(np.array([0.0, 2.3]), np.stack([np.eye(4)] * 2)))
    (recording / "depth.txt").unlink()
    assert run(monkeypatch, recording, "--trajectory", recording.parent / "t.tum") == 1
    assert "has the cameras rgb; a map needs 'depth', or 'left' and 'right'" in capsys.readouterr().err
