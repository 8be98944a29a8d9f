"""Our MCAP files, read by rosbags."""

from pathlib import Path

import cv2
import numpy as np
from gaitway.perception.datasets import write_recording
from gaitway.perception.poses import make_pose
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore

from .small_recording import FRAMES, rgbd, stereo


def _messages(path: Path, topic: str) -> list:
    with AnyReader([path], default_typestore=get_typestore(Stores.ROS2_HUMBLE)) as reader:
        connections = [connection for connection in reader.connections if connection.topic == topic]
        return [reader.deserialize(raw, link.msgtype) for link, _, raw in reader.messages(connections)]


def test_rosbags_reads_a_stereo_recording(tmp_path: Path) -> None:
    path, recording = tmp_path / "drive.mcap", stereo()
    write_recording(recording, path, "mcap")
    for name, camera in recording.cameras.items():
        pictures = _messages(path, f"/{name}/image_raw/compressed")
        assert len(pictures) == FRAMES
        for message, frame in zip(pictures, recording.frames, strict=True):
            stamp = message.header.stamp
            assert abs(stamp.sec + 1e-9 * stamp.nanosec - frame.time) < 3e-7
            picture = cv2.imdecode(message.data, cv2.IMREAD_UNCHANGED)
            np.testing.assert_array_equal(picture, frame.pictures[name])
        info = _messages(path, f"/{name}/camera_info")[0]
        assert (info.width, info.height, info.distortion_model) == (camera.width, camera.height, "plumb_bob")
        np.testing.assert_array_equal(info.k.reshape(3, 3), camera.matrix)
    imu = _messages(path, "/imu")
    rates = [[m.angular_velocity.x, m.angular_velocity.y, m.angular_velocity.z] for m in imu]
    np.testing.assert_array_equal(rates, recording.imu.gyro)
    poses = [m.pose for m in _messages(path, "/truth/pose")]
    positions = [[p.position.x, p.position.y, p.position.z] for p in poses]
    np.testing.assert_array_equal(positions, recording.truth.positions)
    transforms = _messages(path, "/tf_static")[0].transforms
    for transform, camera in zip(transforms, recording.cameras.values(), strict=True):
        t, q = transform.transform.translation, transform.transform.rotation
        pose = make_pose([t.x, t.y, t.z], [q.w, q.x, q.y, q.z])
        np.testing.assert_allclose(pose, camera.body_from_camera, atol=1e-12)


def test_rosbags_reads_depth_in_mm(tmp_path: Path) -> None:
    path, recording = tmp_path / "desk.mcap", rgbd()
    write_recording(recording, path, "mcap")
    message = _messages(path, "/depth/image_raw")[0]
    assert (message.encoding, message.step) == ("16UC1", 2 * message.width)
    depth = message.data.view("<u2").reshape(message.height, message.width)
    np.testing.assert_allclose(depth, 1000 * recording.frames[0].pictures["depth"], atol=0.51)


def test_the_wheels_pose_is_their_integral(tmp_path: Path) -> None:
    path, recording = tmp_path / "drive.mcap", stereo()
    write_recording(recording, path, "mcap")
    last = _messages(path, "/wheel/odometry")[-1].pose.pose
    yaw, x, y = 0.0, 0.0, 0.0
    for step, speed, rate in zip(
        np.diff(recording.wheels.times),
        recording.wheels.speed[1:],
        recording.wheels.yaw_rate[1:],
        strict=True,
    ):
        x, y = (
            x + speed * step * np.cos(yaw + rate * step / 2),
            y + speed * step * np.sin(yaw + rate * step / 2),
        )
        yaw += rate * step
    np.testing.assert_allclose([last.position.x, last.position.y], [x, y], atol=1e-12)
    np.testing.assert_allclose(2 * np.arctan2(last.orientation.z, last.orientation.w), yaw, atol=1e-12)
