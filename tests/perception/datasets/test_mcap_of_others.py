"""A ROS 2 bag that rosbags wrote, with topics and calibration as a RealSense has them, read by us."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gaitway.perception.datasets import open_recording
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from .small_recording import FRAMES, HEIGHT, WIDTH, stereo

STORE = get_typestore(Stores.ROS2_HUMBLE)
FOCAL, BASELINE = 100.25, 0.1
PREFIX = "/camera"


def _make(kind: str, *values: Any) -> Any:
    return STORE.types[kind](*values)


def _header(nanoseconds: int, frame: str) -> Any:
    stamp = _make("builtin_interfaces/msg/Time", nanoseconds // 10**9, nanoseconds % 10**9)
    return _make("std_msgs/msg/Header", stamp, frame)


def _vector(kind: str, *values: float) -> Any:
    return _make(f"geometry_msgs/msg/{kind}", *values)


def _image(stamp: int, frame: str, picture: np.ndarray, padding: int = 16) -> Any:
    """Rows end in bytes that are no pixels, as some drivers have them."""
    wide = np.pad(picture, ((0, 0), (0, padding)), constant_values=7)
    return _make(
        "sensor_msgs/msg/Image",
        _header(stamp, frame),
        HEIGHT,
        WIDTH,
        "mono8",
        0,
        WIDTH + padding,
        wide.ravel(),
    )


def _info(stamp: int, frame: str, offset: float) -> Any:
    """Of a rectified camera `offset` m to the right of the left one."""
    k = np.array([FOCAL, 0, 79.5, 0, FOCAL, 59.75, 0, 0, 1])
    p = np.array([FOCAL, 0, 79.5, -FOCAL * offset, 0, FOCAL, 59.75, 0, 0, 0, 1, 0])
    region = _make("sensor_msgs/msg/RegionOfInterest", 0, 0, 0, 0, False)
    head = _header(stamp, frame)
    return _make(
        "sensor_msgs/msg/CameraInfo",
        head, HEIGHT, WIDTH, "plumb_bob", np.zeros(5), k, np.eye(3).ravel(), p, 0, 0, region,
    )  # fmt: skip


def _imu(stamp: int, gyro: np.ndarray, accel: np.ndarray) -> Any:
    none = np.zeros(9)
    return _make(
        "sensor_msgs/msg/Imu",
        _header(stamp, "camera_imu_frame"), _vector("Quaternion", 0.0, 0.0, 0.0, 1.0), none,
        _vector("Vector3", *gyro), none, _vector("Vector3", *accel), none,
    )  # fmt: skip


def _odometry(stamp: int, position: np.ndarray) -> Any:
    pose = _make(
        "geometry_msgs/msg/Pose", _vector("Point", *position), _vector("Quaternion", 0.0, 0.0, 1.0, 0.0)
    )
    twist = _make(
        "geometry_msgs/msg/Twist", _vector("Vector3", 0.7, 0.0, 0.0), _vector("Vector3", 0.0, 0.0, 0.2)
    )
    covariance = np.zeros(36)
    return _make(
        "nav_msgs/msg/Odometry",
        _header(stamp, "map"),
        "base_link",
        _make("geometry_msgs/msg/PoseWithCovariance", pose, covariance),
        _make("geometry_msgs/msg/TwistWithCovariance", twist, covariance),
    )


def _write(path: Path, swapped: bool = False, without_info: bool = False) -> Path:
    recording = stereo()
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as bag:
        links: dict[str, Any] = {}

        def write(topic: str, stamp: int, message: Any) -> None:
            kind = message.__msgtype__
            if topic not in links:
                links[topic] = bag.add_connection(topic, kind, typestore=STORE)
            # Logged 2 ms after it was taken.
            bag.write(links[topic], stamp + 2_000_000, STORE.serialize_cdr(message, kind))

        for frame in recording.frames:
            stamp = round(frame.time * 1e9)
            for k, name in enumerate(("right", "left") if swapped else ("left", "right")):
                topic = f"{PREFIX}/infra{k + 1}"
                write(f"{topic}/image_rect_raw", stamp, _image(stamp, f"infra{k + 1}", frame.pictures[name]))
                if not without_info:
                    write(f"{topic}/camera_info", stamp, _info(stamp, f"infra{k + 1}", k * BASELINE))
        for time, gyro, accel in zip(
            recording.imu.times, recording.imu.gyro, recording.imu.accel, strict=True
        ):
            stamp = round(time * 1e9)
            write(f"{PREFIX}/imu", stamp, _imu(stamp, gyro, accel))
            write(
                "/vicon/robot", stamp, _odometry(stamp, np.array([time - recording.imu.times[0], 2.0, 3.0]))
            )
            write("/wheels/odom", stamp, _odometry(stamp, np.zeros(3)))
    return path


def test_a_bag_is_read_whatever_its_topics_are_called(tmp_path: Path) -> None:
    with pytest.warns(
        UserWarning, match="its frame 'camera_imu_frame' is not in /tf_static, so it is assumed"
    ):
        read = open_recording(_write(tmp_path / "bag"), "mcap")
    written = stereo()
    assert len(read.frames) == FRAMES
    for after, before in zip(read.frames, written.frames, strict=True):
        assert after.time == pytest.approx(before.time, abs=3e-7)
        for name in ("left", "right"):
            np.testing.assert_array_equal(after.pictures[name], before.pictures[name])
    left, right = read.cameras["left"], read.cameras["right"]
    assert (left.fx, left.cx, left.cy, left.width) == (FOCAL, 79.5, 59.75, WIDTH)
    np.testing.assert_allclose(left.body_from_camera, np.eye(4))
    np.testing.assert_allclose(right.body_from_camera[:3, 3], [BASELINE, 0, 0])
    np.testing.assert_array_equal(read.imu.gyro, written.imu.gyro)
    np.testing.assert_array_equal(read.wheels.speed, np.full(60, 0.7))
    np.testing.assert_array_equal(read.wheels.yaw_rate, np.full(60, 0.2))
    # A half turn about z, from the vicon and not from the wheels.
    np.testing.assert_allclose(read.truth.positions[:, 1:], np.tile([2.0, 3.0], (60, 1)))
    np.testing.assert_allclose(read.truth.poses[0, :3, :3], np.diag([-1.0, -1.0, 1.0]), atol=1e-12)


@pytest.mark.filterwarnings("ignore:.*is not in /tf_static")
def test_swapped_pictures_and_missing_calibration(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the pictures of the two cameras are swapped"):
        open_recording(_write(tmp_path / "swapped", swapped=True), "mcap")
    with pytest.raises(
        ValueError, match=r"infra1/image_rect_raw needs the calibration /camera/infra1/camera_info"
    ):
        open_recording(_write(tmp_path / "without", without_info=True), "mcap")
