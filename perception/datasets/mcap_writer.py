"""Writes MCAP files with ROS 2 messages, which `ros2 bag`, Foxglove and `mcap.py` read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..camera import Camera
from ..poses import Array, pose_of, rotation_exp
from ..recording import Frame, ImuNoise, LidarScans
from .pictures import encode_png, quantised_depth
from .ros2_messages import DEFINITIONS, Message, diagonal, header, pose_message, quaternion, vector
from .writer import RecordingWriter

BODY = "base_link"
DEPTH_UNITS_PER_M = 1000.0
"""Depth is in mm in an Image of 16UC1, as ROS's REP 118 has it."""
UNKNOWN = 1e6
"""Variance of what is not measured."""
_FLOAT32 = 7  # of a PointField


class McapWriter(RecordingWriter):
    """Writes any cameras, IMU, wheels and truth into one file.

    Topics: `/NAME/image_raw/compressed` (PNG) or, for a camera 'depth', `/depth/image_raw`;
    `/NAME/camera_info`; `/imu`; `/wheel/odometry`; `/NAME/scan` of a lidar of one row, `/NAME/points` of one
    of several; `/truth/pose`; and `/tf_static`, which holds the poses of cameras and lidars in `base_link`.
    Names of segments are a metadata record `segments`.
    """

    def __init__(self, out: Path, cameras: dict[str, Camera], imu_noise: ImuNoise | None = None) -> None:
        try:
            from mcap_ros2.writer import Writer
        except ImportError as error:
            raise ValueError("Writing MCAP needs more packages: pip install 'gaitway[log]'.") from error
        super().__init__(out, cameras)
        self._file = self.partial.open("wb")
        self._writer = Writer(self._file)
        self._schemas = {name: self._writer.register_msgdef(name, text) for name, text in DEFINITIONS.items()}
        self._writer.add_metadata("imu_noise", {"json": json.dumps(asdict(imu_noise or ImuNoise()))})
        self._placed: set[str] = set()  # frames that /tf_static has
        self._wheel_pose = np.zeros(3)
        self._wheel_time: float | None = None

    def _write(self, topic: str, kind: str, time: float, message: Message) -> None:
        self._writer.write_message(topic, self._schemas[kind], message, log_time=round(time * 1e9))

    def _write_frame(self, frame: Frame) -> None:
        self._place(frame.time, {_optical_frame(n): c.body_from_camera for n, c in self.cameras.items()})
        for name, camera in self.cameras.items():
            head = header(frame.time, _optical_frame(name))
            self._write(
                f"/{name}/camera_info", "sensor_msgs/msg/CameraInfo", frame.time, self._info(head, camera)
            )
            picture = frame.pictures[name]
            if name == "depth":
                self._write(
                    "/depth/image_raw", "sensor_msgs/msg/Image", frame.time, _depth_image(head, picture)
                )
            else:
                image = {"header": head, **_png(picture)}
                self._write(
                    f"/{name}/image_raw/compressed", "sensor_msgs/msg/CompressedImage", frame.time, image
                )

    def _place(self, time: float, poses: Mapping[str, Array]) -> None:
        """Write where frames are in the body, once."""
        transforms = [
            {
                "header": header(time, BODY),
                "child_frame_id": frame,
                "transform": {"translation": vector(pose[:3, 3]), "rotation": quaternion(pose)},
            }
            for frame, pose in poses.items()
            if frame not in self._placed
        ]
        if transforms:
            self._write("/tf_static", "tf2_msgs/msg/TFMessage", time, {"transforms": transforms})
            self._placed.update(poses)

    def _info(self, head: Message, camera: Camera) -> Message:
        """Intrinsics; the projection is of the picture as it is, since the pair's poses are in /tf_static."""
        return {
            "header": head,
            "height": camera.height,
            "width": camera.width,
            "distortion_model": "plumb_bob",
            "d": [*camera.distortion, 0.0][:5],
            "k": camera.matrix.ravel().tolist(),
            "r": np.eye(3).ravel().tolist(),
            "p": np.hstack([camera.matrix, np.zeros((3, 1))]).ravel().tolist(),
        }

    def add_imu(self, time: float, gyro: Array, accel: Array) -> None:
        """Write a sample, see `RecordingWriter`."""
        message = {
            "header": header(time, BODY),
            "orientation": {"w": 1.0},
            "orientation_covariance": [-1.0, *[0.0] * 8],
            "angular_velocity": vector(gyro),
            "angular_velocity_covariance": [0.0] * 9,
            "linear_acceleration": vector(accel),
            "linear_acceleration_covariance": [0.0] * 9,
        }
        self._write("/imu", "sensor_msgs/msg/Imu", time, message)

    def add_wheels(self, time: float, speed: float, yaw_rate: float) -> None:
        """Write a sample, and the pose that all of them add up to."""
        self._integrate(time, speed, yaw_rate)
        x, y, yaw = self._wheel_pose
        pose = pose_of(np.array([x, y, 0.0]), rotation_exp([0.0, 0.0, yaw]))
        message = {
            "header": header(time, "odom"),
            "child_frame_id": BODY,
            "pose": {"pose": pose_message(pose), "covariance": diagonal(*[UNKNOWN] * 6)},
            "twist": {
                "twist": {"linear": {"x": speed}, "angular": {"z": yaw_rate}},
                "covariance": diagonal(1e-4, 1e-4, UNKNOWN, UNKNOWN, UNKNOWN, 1e-4),
            },
        }
        self._write("/wheel/odometry", "nav_msgs/msg/Odometry", time, message)

    def _integrate(self, time: float, speed: float, yaw_rate: float) -> None:
        step = time - (time if self._wheel_time is None else self._wheel_time)
        yaw = self._wheel_pose[2] + yaw_rate * step / 2
        self._wheel_pose += step * np.array([speed * np.cos(yaw), speed * np.sin(yaw), yaw_rate])
        self._wheel_time = time

    def add_scan(self, name: str, lidar: LidarScans, time: float, ranges: Array) -> None:
        """Write a scan, see `RecordingWriter`."""
        frame = f"{name}_frame"
        self._place(time, {frame: lidar.body_from_lidar})
        if len(ranges) == 1:
            message = _laser_scan(header(time, frame), lidar, ranges[0])
            self._write(f"/{name}/scan", "sensor_msgs/msg/LaserScan", time, message)
        else:
            message = _point_cloud(header(time, frame), lidar.points(ranges))
            self._write(f"/{name}/points", "sensor_msgs/msg/PointCloud2", time, message)

    def name_segments(self, names: Sequence[str]) -> None:
        """Write names, see `RecordingWriter`."""
        self._writer.add_metadata("segments", {"json": json.dumps(list(names))})

    def add_truth(self, time: float, world_from_body: Array) -> None:
        """Write a pose, see `RecordingWriter`."""
        message = {"header": header(time, "world"), "pose": pose_message(world_from_body)}
        self._write("/truth/pose", "geometry_msgs/msg/PoseStamped", time, message)

    def _finish(self, failed: bool) -> None:
        if not failed:
            self._writer.finish()
        self._file.close()


def _optical_frame(name: str) -> str:
    return f"{name}_optical_frame"


def _png(picture: np.ndarray) -> dict[str, Any]:
    """Format and data of a CompressedImage: grey, RGB, or numbers of 16 bits."""
    encoding = "16UC1" if picture.dtype == np.uint16 else "mono8" if picture.ndim == 2 else "rgb8"
    form = f"{encoding}; png compressed {'bgr8' if picture.ndim == 3 else ''}".rstrip()
    return {"format": form, "data": encode_png(picture)}


def _laser_scan(head: Message, lidar: LidarScans, ranges: Array) -> dict[str, Any]:
    """No return is infinite, as REP 117 has it."""
    return {
        "header": head,
        "angle_min": lidar.first_azimuth,
        "angle_max": lidar.first_azimuth + lidar.step * (len(ranges) - 1),
        "angle_increment": lidar.step,
        "range_min": lidar.min_range,
        "range_max": lidar.max_range,
        "ranges": ranges.tolist(),
        "intensities": [],
    }


def _point_cloud(head: Message, points: Array) -> dict[str, Any]:
    """x, y and z in m as float32, without points that did not return."""
    content = np.ascontiguousarray(points, "<f4")
    fields = [
        {"name": axis, "offset": 4 * k, "datatype": _FLOAT32, "count": 1} for k, axis in enumerate("xyz")
    ]
    return {
        "header": head,
        "height": 1,
        "width": len(content),
        "fields": fields,
        "is_bigendian": False,
        "point_step": 12,
        "row_step": content.nbytes,
        "data": content.tobytes(),
        "is_dense": True,
    }


def _depth_image(head: Message, depth: np.ndarray) -> dict[str, Any]:
    content = quantised_depth(depth, DEPTH_UNITS_PER_M)
    height, width = content.shape
    return {
        "header": head,
        "height": height,
        "width": width,
        "encoding": "16UC1",
        "is_bigendian": 0,
        "step": 2 * width,
        "data": content.astype("<u2").tobytes(),
    }
