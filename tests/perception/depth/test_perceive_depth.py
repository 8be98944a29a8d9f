"""`gaitway perceive depth` on a pair in Middlebury's layout."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from gaitway.perception.camera import Camera
from gaitway.perception.datasets.middlebury import StereoCalibration, write_calibration
from gaitway.perception.datasets.pfm import write_pfm

from ...cli.command import gaitway
from ..looks import logged, text_of
from .stereo_scenes import box_pair


@pytest.fixture
def pair(tmp_path):
    """A folder with the box before the wall as Middlebury would publish it."""
    left, right, truth = box_pair(240, 400, 48, 16)
    for name, picture in (("im0.png", left), ("im1.png", right)):
        cv2.imwrite(str(tmp_path / name), picture)
    cameras = Camera(400, 240, 300.0, 300.0, 199.5, 119.5), Camera(400, 240, 300.0, 300.0, 203.5, 119.5)
    write_calibration(tmp_path / "calib.txt", StereoCalibration(*cameras, 0.2, 4.0, 64))
    write_pfm(tmp_path / "disp0.pfm", truth)
    return tmp_path


def arguments(folder, **changed):
    """Of the command."""
    files = {
        "left": "im0.png",
        "right": "im1.png",
        "calib": "calib.txt",
        "gt": "disp0.pfm",
        "out": "out/d.npy",
    }
    files |= changed
    return [word for name, file in files.items() for word in (f"--{name}", folder / file)]


def test_disparities_scores_and_depth_come_out(pair, monkeypatch):
    looks = ("--report", pair / "d.html", "--view", pair / "d.rrd")
    assert gaitway(monkeypatch, "perceive", "depth", *arguments(pair), "--json", pair / "d.json", *looks) == 0
    figures = json.loads((pair / "d.json").read_text())
    assert figures["all"]["bad"]["2.0"] < 0.05
    assert figures["density"] > 0.8
    out = pair / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "d.npy",
        "d.png",
        "d_depth.npy",
        "d_sigma.npy",
        "d_valid.png",
    ]
    assert "all, filled" in text_of(pair / "d.html", 8)
    (points,) = logged(pair / "d.rrd", "/camera/points", "Points3D:positions")
    depth, valid = np.load(out / "d_depth.npy"), cv2.imread(str(out / "d_valid.png"), cv2.IMREAD_UNCHANGED)
    assert ((depth > 0) == (valid == 255)).all()
    np.testing.assert_allclose(np.array(points)[:, 2], depth[depth > 0], rtol=1e-6)
    assert np.median(depth[:40][valid[:40] == 255]) == pytest.approx(300 * 0.2 / (16 + 4), rel=0.01)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"left": "im1.png", "right": "im0.png"}, "seem swapped"),
        ({"left": "half.png"}, "half.png has 200 x 120 px, its camera is calibrated for 400 x 240"),
        ({"right": "cut.png"}, "cut.png is cut off"),
        ({"out": "out/d.tiff"}, "d.tiff: disparities are written to a .npy or .pfm file"),
        ({"gt": "nothing.pfm"}, "nothing.pfm"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_written(pair, monkeypatch, capsys, changed, message):
    picture = cv2.imread(str(pair / "im0.png"), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(pair / "half.png"), picture[::2, ::2])
    (pair / "cut.png").write_bytes((pair / "im1.png").read_bytes()[:5000])
    assert gaitway(monkeypatch, "perceive", "depth", *arguments(pair, **changed)) == 1
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()) == 1
    assert not (pair / "out").exists()
