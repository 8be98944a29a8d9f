"""`gaitway perceive odometry` on a recording written to disk, and an RGB-D camera by the same code."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from gaitway.cli.perceive.odometry import Odometry
from gaitway.perception.datasets import write_recording
from gaitway.perception.odometry.config import OdometryConfig
from gaitway.perception.odometry.replay import odometry_for, replay
from gaitway.perception.odometry.summary import errors_of
from gaitway.perception.recording import Frames, Recording
from gaitway.perception.trajectory import read_tum

from ..looks import logged, text_of
from .drive import Drive, Motion, stereo_cameras
from .textured_room import Room


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("drive") / "euroc"
    write_recording(Drive(duration=3.0, rate=12.0, motion=Motion(still=0.0)).record(), path, "euroc")
    return path


def test_the_command_writes_trajectory_picture_and_figures_of_every_run(folder, tmp_path):
    out, plot, figures = tmp_path / "way.tum", tmp_path / "way.png", tmp_path / "way.json"
    report, view = tmp_path / "way.html", tmp_path / "way.rrd"
    Odometry(folder, "euroc", out, plot, figures, report=report, view=view).run()
    way = read_tum(out)
    assert len(way) == 36
    text = text_of(report, 9)
    assert "Odometry of euroc" in text and "wheels and IMU" in text
    shown = logged(view, "/world/body", "Transform3D:translation")
    np.testing.assert_allclose(np.squeeze(shown), way.positions, atol=1e-5)
    assert len(logged(view, "/world/body/camera/picture", "EncodedImage:blob")) == 36
    picture = cv2.imread(str(plot))
    assert picture.shape[0] > 500 and picture.std() > 10
    result = json.loads(figures.read_text())
    for run in ("fused", "cameras", "wheels and IMU"):
        assert result[run]["completion_percent"] == 100
        assert result[run]["ate_percent"] < 1.0
    assert result["fused"]["ms"]["flow"]["p95"] >= 0
    assert result["self_check"]["epipolar_px"] < 1
    assert result["self_check"]["gravity"] == pytest.approx(9.81, abs=0.3)


def test_an_imu_in_degrees_or_in_g_is_refused():
    recording = Drive(duration=3.0, rate=10.0, motion=Motion(still=0.0)).record()
    imu = recording.imu
    assert imu is not None
    for wrong_imu, words in (
        (replace(imu, gyro=np.degrees(imu.gyro)), "in degrees: give rad/s"),
        (replace(imu, accel=imu.accel / 9.81), "in g: give m/s2"),
    ):
        wrong = replace(recording, imu=wrong_imu)
        with pytest.raises(ValueError, match=words):
            list(replay(wrong, odometry_for(wrong, OdometryConfig(background=False))))


def test_depth_in_place_of_a_right_camera():
    camera, room, motion = stereo_cameras()["left"], Room(), Motion(still=0.0)
    recording = Drive(duration=3.0, rate=12.0, motion=motion).record()
    times = recording.frames.times

    def load(k: int) -> dict[str, np.ndarray]:
        grey, depth = room.render(camera, motion.pose(times[k]) @ camera.body_from_camera)
        depth = depth * (1 + 0.005 * np.random.default_rng(k).standard_normal(depth.shape, np.float32))
        depth[::7] = 0.0  # holes
        return {"rgb": cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), "depth": depth}

    rgbd = Recording(Frames(times, load), {"rgb": camera, "depth": camera}, truth=recording.truth)
    estimates = list(replay(rgbd, odometry_for(rgbd, OdometryConfig(background=False))))
    assert recording.truth is not None
    assert errors_of(estimates, recording.truth)["ate_percent"] < 1.0
