"""Lidars and segmentation in a recorded file, read by rosbags, agree with the depth camera beside them."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from gaitway.perception.datasets import open_recording, write_recording
from gaitway.perception.datasets.mcap import McapFile
from gaitway.perception.poses import Array, inverse, make_pose, transform
from gaitway.perception.recording import Recording
from gaitway.twin.record.recorder import record
from gaitway.twin.record.rig import RecordCfg
from gaitway.twin.record.scenario import Scenario
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore

SENSORS = ("depth", "segmentation", "lidar", "lidar3d")
SCENARIO = Scenario(area_m2=800.0, length=4.0, workers=1, frame_rate=10.0)
WIDTH, HEIGHT = 160, 120


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record(SCENARIO, RecordCfg(SENSORS, seed=1, width=WIDTH, height=HEIGHT, seconds=0.4))


@pytest.fixture(scope="module")
def path(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lidar") / "drive.mcap"
    write_recording(recording, path, "mcap")
    return path


def messages(path: Path, topic: str) -> list:
    with AnyReader([path], default_typestore=get_typestore(Stores.ROS2_HUMBLE)) as reader:
        links = [link for link in reader.connections if link.topic == topic]
        return [reader.deserialize(raw, link.msgtype) for link, _, raw in reader.messages(links)]


def body_from(path: Path, frame: str) -> Array:
    found = [t for m in messages(path, "/tf_static") for t in m.transforms if t.child_frame_id == frame]
    (transform,) = (t.transform for t in found)
    at, turn = transform.translation, transform.rotation
    return make_pose([at.x, at.y, at.z], [turn.w, turn.x, turn.y, turn.z])


def agrees_with_depth(path: Path, points: Array, frame: str) -> np.ndarray:
    """Whether points of a lidar lie where the depth picture of the same time has something, within noise."""
    recording = open_recording(path, "mcap")
    camera, depth = recording.cameras["depth"], recording.frames[0].pictures["depth"]
    seen = transform(inverse(camera.body_from_camera) @ body_from(path, frame), points)
    seen = seen[(seen[:, 2] > 0.5) & (seen[:, 2] < 12.0)]
    pixels = np.rint(camera.project(seen)).astype(int)
    inside = ((pixels >= 0) & (pixels < [WIDTH, HEIGHT])).all(axis=1)
    column, row = pixels[inside].T
    seen, depth = seen[inside, 2], depth[row, column]
    return (np.abs(seen - depth) < 0.08 + 0.02 * seen)[depth > 0]


def test_a_laser_scan_meets_what_the_depth_camera_sees(path: Path) -> None:
    scan = messages(path, "/lidar/scan")[0]
    assert len(scan.ranges) == 540 and scan.angle_max == pytest.approx(-scan.angle_min)
    angles = scan.angle_min + scan.angle_increment * np.arange(540)
    back = np.isfinite(scan.ranges)
    points = scan.ranges[back, None] * np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)[back]
    agree = agrees_with_depth(path, points, "lidar_frame")
    # The lidar is 4 cm below and behind the camera: at edges they see different things.
    assert len(agree) > 60 and agree.mean() > 0.8


def test_a_point_cloud_meets_what_the_depth_camera_sees(path: Path) -> None:
    cloud = messages(path, "/lidar3d/points")[0]
    assert [field.name for field in cloud.fields] == ["x", "y", "z"] and cloud.point_step == 12
    points = cloud.data.view("<f4").reshape(-1, 3).astype(float)
    assert len(points) == cloud.width > 5000
    agree = agrees_with_depth(path, points, "lidar3d_frame")
    assert len(agree) > 500 and agree.mean() > 0.8


def test_segments_have_names_and_are_where_there_is_depth(path: Path) -> None:
    message = messages(path, "/segmentation/image_raw/compressed")[0]
    segments = cv2.imdecode(message.data, cv2.IMREAD_UNCHANGED)
    assert segments.dtype == np.uint16 and segments.shape == (HEIGHT, WIDTH)
    names = json.loads(McapFile(path).metadata()["segments"]["json"])
    assert names[0] == "nothing" and any("Concrete" in names[k] for k in segments[-5:].ravel())
    assert len({names[k] for k in segments.ravel()}) > 5
    depth = open_recording(path, "mcap").frames[0].pictures["depth"]
    assert ((depth > 0) <= (segments > 0)).all()


def test_layouts_without_a_place_are_refused(recording: Recording, tmp_path: Path) -> None:
    rgbd = {name: recording.cameras[name] for name in ("rgb", "depth")}
    for part, says in (
        (recording, "rgb, depth, segmentation"),
        (replace(recording, cameras=rgbd), "no place for segmentation; write mcap"),
        (replace(recording, cameras=rgbd, segments=()), "no place for a lidar; write mcap"),
    ):
        with pytest.raises(ValueError, match=says):
            write_recording(part, tmp_path / "out", "tum")
    assert not list(tmp_path.iterdir())


def test_readings_err_and_get_lost_as_the_lidar_s_do(recording: Recording) -> None:
    """The robot stands still at first, so that but for edges scans differ by their noise only."""
    first, second = (ranges for _, ranges in islice(recording.lidars["lidar3d"].scans, 2))
    both = np.isfinite(first) & np.isfinite(second)
    middle = np.median(np.abs(second[both] - first[both]))
    assert middle / (0.6745 * np.sqrt(2)) == pytest.approx(0.02, rel=0.1)
    assert np.mean(np.isfinite(first) & ~np.isfinite(second)) == pytest.approx(0.01, abs=0.005)


def test_a_robot_without_a_sensor_is_told() -> None:
    droid = Scenario("droid", length=2.0, speed=0.5, imu_rate=200.0)
    with pytest.raises(ValueError, match="The droid has no lidar; its sensors are depth, imu"):
        record(droid, RecordCfg(("stereo", "lidar")))
