"""Middlebury's files: bytes by hand, and calibrations that cannot be."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from gaitway.perception.datasets.middlebury import (
    read_calibration,
    read_true_disparity,
    write_calibration,
)
from gaitway.perception.datasets.pfm import read_pfm, write_pfm

# The published calibration of Motorcycle.
CALIB = """cam0=[3979.911 0 1244.772; 0 3979.911 1019.507; 0 0 1]
cam1=[3979.911 0 1369.115; 0 3979.911 1019.507; 0 0 1]
doffs=124.343
baseline=193.001
width=2964
height=2000
ndisp=280
isint=0
vmin=31
vmax=257
"""


def test_a_pfm_file_by_hand_is_read_from_the_bottom_up(tmp_path):
    path = tmp_path / "disp.pfm"
    for scale, order in ((b"-1.0", "<"), (b"1", ">")):
        path.write_bytes(
            b"Pf\n2 3\n" + scale + b"\n" + struct.pack(order + "6f", 5, 6, 3, 4, 1, float("inf"))
        )
        np.testing.assert_array_equal(read_pfm(path), [[1, np.inf], [3, 4], [5, 6]])


def test_a_pfm_file_that_opencv_reads_alike(tmp_path):
    values = np.random.default_rng(0).random((7, 5)).astype(np.float32)
    write_pfm(tmp_path / "a.pfm", values)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "a.pfm"), cv2.IMREAD_UNCHANGED), values)
    np.testing.assert_array_equal(read_pfm(tmp_path / "a.pfm"), values)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PF\n1 1\n-1\n" + bytes(12), "three channels"),
        (b"P5\n1 1\n255\n\0", "no PFM file"),
        (b"Pf\n2 2\n-1\n" + bytes(12), "holds 12 bytes of pixels, 2 x 2 of them need 16"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    path = tmp_path / "disp.pfm"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_pfm(path)


def test_the_published_calibration_gives_depth_in_m(tmp_path):
    path = tmp_path / "calib.txt"
    path.write_text(CALIB)
    calibration = read_calibration(path)
    assert calibration.baseline == pytest.approx(0.193001)
    assert calibration.offset == pytest.approx(124.343)
    assert calibration.disparities == 280
    assert (calibration.left.width, calibration.left.height) == (2964, 2000)
    # A point at 2.5 m seen by both cameras has the disparity that gives 2.5 m back.
    point = np.array([[0.2, -0.1, 2.5]])
    disparity = (
        calibration.left.project(point)[0, 0] - calibration.right.project(point - [0.193001, 0, 0])[0, 0]
    )
    depth = calibration.left.fx * calibration.baseline / (disparity + calibration.offset)
    assert depth == pytest.approx(2.5, abs=1e-6)
    write_calibration(tmp_path / "again.txt", calibration)
    again = read_calibration(tmp_path / "again.txt")
    np.testing.assert_allclose(again.left.matrix, calibration.left.matrix)
    assert again.baseline == pytest.approx(calibration.baseline)
    assert again.offset == pytest.approx(calibration.offset, abs=1e-4)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("baseline=193.001\n", "", r"calib\.txt has no line 'baseline=...'"),
        ("baseline=193.001", "baseline=193001", r"line 4: a baseline of 193001 mm cannot be"),
        ("baseline=193.001", "baseline=-193", r"line 4: a baseline of -193 mm"),
        ("doffs=124.343", "doffs=-124.343", r"line 3: doffs is -124.343 px, .* differ by 124.343 px"),
        ("width=2964", "width=wide", r"line 5: width is 'wide', which is no number"),
        ("1019.507; 0 0 1]\ndoffs", "1019.507]\ndoffs", r"line 2: cam1 is not '\[fx 0 cx"),
        ("isint=0", "isint 0", r"line 8: 'isint 0' is not 'name=value'"),
        ("width=2964", "width=296", r"principal point .* far outside the picture of 296"),
    ],
)
def test_calibrations_that_cannot_be_are_refused_by_line(tmp_path, old, new, message):
    path = tmp_path / "calib.txt"
    assert old in CALIB
    path.write_text(CALIB.replace(old, new))
    with pytest.raises(ValueError, match=message):
        read_calibration(path)


def test_truth_of_each_kind_of_file(tmp_path):
    truth = np.array([[1.5, np.inf], [20.25, 3.0]], np.float32)
    write_pfm(tmp_path / "t.pfm", truth)
    np.save(tmp_path / "t.npy", np.where(np.isfinite(truth), truth, np.nan))
    cv2.imwrite(str(tmp_path / "t.png"), np.where(np.isfinite(truth), truth * 256, 0).astype(np.uint16))
    for end in ("pfm", "npy", "png"):
        np.testing.assert_array_equal(read_true_disparity(tmp_path / f"t.{end}"), truth)
    cv2.imwrite(str(tmp_path / "t8.png"), np.zeros((2, 2), np.uint8))
    with pytest.raises(ValueError, match=r"t8\.png is no 16-bit PNG"):
        read_true_disparity(tmp_path / "t8.png")
    np.save(tmp_path / "object.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="pickle"):
        read_true_disparity(tmp_path / "object.npy")
