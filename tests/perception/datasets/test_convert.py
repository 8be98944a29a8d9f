"""`gaitway perceive convert`, and what it says of what it assumed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gaitway.cli.perceive import main
from gaitway.cli.perceive.convert import Convert
from gaitway.perception.datasets import open_recording, write_recording
from gaitway.perception.poses import pose_of, rotation_exp
from gaitway.perception.recording import ImuSamples

from .small_recording import FRAMES, stereo


def test_a_pair_is_rectified_for_kitti(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = stereo()
    toed_in = pose_of(np.zeros(3), rotation_exp(np.array([0.0, -0.01, 0.005])))
    right = recording.cameras["right"]
    cameras = {
        "left": replace(recording.cameras["left"], distortion=(-0.05, 0.01, 0.0, 0.0)),
        "right": replace(right, body_from_camera=right.body_from_camera @ toed_in),
    }
    write_recording(replace(recording, cameras=cameras), tmp_path / "drive", "euroc")
    main(Convert(tmp_path / "drive", "euroc", tmp_path / "00", "kitti"))
    out = capsys.readouterr().out.replace("\n", " ")
    assert f"{FRAMES} frames, without imu and wheels, for which kitti has no place" in out
    read = open_recording(tmp_path / "00", "kitti")
    assert len(read.frames) == FRAMES and read.imu is None
    apart = read.cameras["right"].body_from_camera[:3, 3] - read.cameras["left"].body_from_camera[:3, 3]
    np.testing.assert_allclose(apart, [0.1, 0, 0], atol=1e-9)


def test_a_warning_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = stereo()
    imu = recording.imu
    in_g = ImuSamples(imu.times, imu.gyro, imu.accel / 9.80665)
    write_recording(replace(recording, imu=in_g), tmp_path / "drive", "euroc")
    main(Convert(tmp_path / "drive", "euroc", tmp_path / "drive.mcap", "mcap"))
    said = capsys.readouterr().err
    assert said.startswith("gaitway perceive: ") and "taken to be in g and converted.\n" in said
    assert said.count("\n") == 1
    assert len(open_recording(tmp_path / "drive.mcap", "mcap").frames) == FRAMES
