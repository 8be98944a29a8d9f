"""Definitions of the ROS 2 messages in our MCAP files, as the ROS 2 packages publish them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..poses import Array, quaternion_of

_PARTS = {
    "builtin_interfaces/Time": "int32 sec\nuint32 nanosec",
    "std_msgs/Header": "builtin_interfaces/Time stamp\nstring frame_id",
    "geometry_msgs/Vector3": "float64 x\nfloat64 y\nfloat64 z",
    "geometry_msgs/Point": "float64 x\nfloat64 y\nfloat64 z",
    "geometry_msgs/Quaternion": "float64 x\nfloat64 y\nfloat64 z\nfloat64 w",
    "geometry_msgs/Pose": "geometry_msgs/Point position\ngeometry_msgs/Quaternion orientation",
    "geometry_msgs/Twist": "geometry_msgs/Vector3 linear\ngeometry_msgs/Vector3 angular",
    "geometry_msgs/PoseWithCovariance": "geometry_msgs/Pose pose\nfloat64[36] covariance",
    "geometry_msgs/TwistWithCovariance": "geometry_msgs/Twist twist\nfloat64[36] covariance",
    "geometry_msgs/Transform": "geometry_msgs/Vector3 translation\ngeometry_msgs/Quaternion rotation",
    "geometry_msgs/TransformStamped": (
        "std_msgs/Header header\nstring child_frame_id\ngeometry_msgs/Transform transform"
    ),
    "sensor_msgs/RegionOfInterest": (
        "uint32 x_offset\nuint32 y_offset\nuint32 height\nuint32 width\nbool do_rectify"
    ),
    "sensor_msgs/PointField": (
        "uint8 INT8=1\nuint8 UINT8=2\nuint8 INT16=3\nuint8 UINT16=4\nuint8 INT32=5\nuint8 UINT32=6\n"
        "uint8 FLOAT32=7\nuint8 FLOAT64=8\nstring name\nuint32 offset\nuint8 datatype\nuint32 count"
    ),
}

_MESSAGES = {
    "sensor_msgs/msg/Image": (
        "std_msgs/Header header\nuint32 height\nuint32 width\nstring encoding\nuint8 is_bigendian\n"
        "uint32 step\nuint8[] data"
    ),
    "sensor_msgs/msg/CompressedImage": "std_msgs/Header header\nstring format\nuint8[] data",
    "sensor_msgs/msg/CameraInfo": (
        "std_msgs/Header header\nuint32 height\nuint32 width\nstring distortion_model\nfloat64[] d\n"
        "float64[9] k\nfloat64[9] r\nfloat64[12] p\nuint32 binning_x\nuint32 binning_y\n"
        "sensor_msgs/RegionOfInterest roi"
    ),
    "sensor_msgs/msg/Imu": (
        "std_msgs/Header header\n"
        "geometry_msgs/Quaternion orientation\nfloat64[9] orientation_covariance\n"
        "geometry_msgs/Vector3 angular_velocity\nfloat64[9] angular_velocity_covariance\n"
        "geometry_msgs/Vector3 linear_acceleration\nfloat64[9] linear_acceleration_covariance"
    ),
    "sensor_msgs/msg/LaserScan": (
        "std_msgs/Header header\nfloat32 angle_min\nfloat32 angle_max\nfloat32 angle_increment\n"
        "float32 time_increment\nfloat32 scan_time\nfloat32 range_min\nfloat32 range_max\n"
        "float32[] ranges\nfloat32[] intensities"
    ),
    "sensor_msgs/msg/PointCloud2": (
        "std_msgs/Header header\nuint32 height\nuint32 width\nsensor_msgs/PointField[] fields\n"
        "bool is_bigendian\nuint32 point_step\nuint32 row_step\nuint8[] data\nbool is_dense"
    ),
    "nav_msgs/msg/Odometry": (
        "std_msgs/Header header\nstring child_frame_id\ngeometry_msgs/PoseWithCovariance pose\n"
        "geometry_msgs/TwistWithCovariance twist"
    ),
    "geometry_msgs/msg/PoseStamped": "std_msgs/Header header\ngeometry_msgs/Pose pose",
    "tf2_msgs/msg/TFMessage": "geometry_msgs/TransformStamped[] transforms",
}


def _parts_of(fields: str) -> list[str]:
    """Names of all messages that the fields are made of, each once."""
    names: list[str] = []
    for line in fields.splitlines():
        name = line.split()[0].removesuffix("[]")
        if name in _PARTS:
            names += [name, *_parts_of(_PARTS[name])]
    return list(dict.fromkeys(names))


def _definition(fields: str) -> str:
    separator = "\n" + "=" * 80 + "\nMSG: "
    return separator.join([fields, *(f"{name}\n{_PARTS[name]}" for name in _parts_of(fields))])


DEFINITIONS = {name: _definition(fields) for name, fields in _MESSAGES.items()}

Message = Mapping[str, Any]


def header(time: float, frame: str) -> Message:
    """A `std_msgs/Header` at `time` s."""
    nanoseconds = round(time * 1e9)
    return {"stamp": {"sec": nanoseconds // 10**9, "nanosec": nanoseconds % 10**9}, "frame_id": frame}


def vector(values: Array) -> Message:
    """A `Vector3` or `Point` of (3,)."""
    return dict(zip("xyz", map(float, values), strict=True))


def quaternion(pose: Array) -> Message:
    """A `Quaternion` of the rotation of a pose (4, 4)."""
    return dict(zip("wxyz", quaternion_of(pose).tolist(), strict=True))


def pose_message(pose: Array) -> Message:
    """A `Pose` of (4, 4)."""
    return {"position": vector(pose[:3, 3]), "orientation": quaternion(pose)}


def diagonal(*values: float) -> list[float]:
    """A covariance with these on its diagonal, row by row."""
    return np.diag(values).ravel().tolist()
