"""The messages of a log: their ROS 2 definitions, and the CDR encoding of these few.

All of them are ROS 2 messages, ours too: readers of bags refuse a file with anything else in it. The tests
read the bytes with two other people's readers.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

import numpy as np

from ..ticklog import Tick

_SEPARATOR = "\n" + "=" * 80 + "\nMSG: "
_TIME = "builtin_interfaces/Time\nint32 sec\nuint32 nanosec"
_HEADER = "std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id"
_VECTOR = "geometry_msgs/Vector3\nfloat64 x\nfloat64 y\nfloat64 z"
_POINT = "geometry_msgs/Point\nfloat64 x\nfloat64 y\nfloat64 z"
_QUATERNION = "geometry_msgs/Quaternion\nfloat64 x\nfloat64 y\nfloat64 z\nfloat64 w"
_POSE = "geometry_msgs/Pose\nPoint position\nQuaternion orientation"
_TWIST_FIELDS = "Vector3 linear\nVector3 angular"
_TWIST = "geometry_msgs/Twist\n" + _TWIST_FIELDS


def _definition(fields: str, *parts: str) -> str:
    return _SEPARATOR.join((fields, *parts))


DEFINITIONS = {
    "sensor_msgs/msg/JointState": _definition(
        "std_msgs/Header header\nstring[] name\nfloat64[] position\nfloat64[] velocity\nfloat64[] effort",
        _HEADER,
        _TIME,
    ),
    "sensor_msgs/msg/Imu": _definition(
        "std_msgs/Header header\n"
        "geometry_msgs/Quaternion orientation\nfloat64[9] orientation_covariance\n"
        "geometry_msgs/Vector3 angular_velocity\nfloat64[9] angular_velocity_covariance\n"
        "geometry_msgs/Vector3 linear_acceleration\nfloat64[9] linear_acceleration_covariance",
        _HEADER,
        _TIME,
        _QUATERNION,
        _VECTOR,
    ),
    "geometry_msgs/msg/Twist": _definition(_TWIST_FIELDS, _VECTOR),
    "geometry_msgs/msg/PoseStamped": _definition(
        "std_msgs/Header header\nPose pose", _HEADER, _TIME, _POSE, _POINT, _QUATERNION
    ),
    "geometry_msgs/msg/TwistStamped": _definition(
        "std_msgs/Header header\nTwist twist", _HEADER, _TIME, _TWIST, _VECTOR
    ),
    "std_msgs/msg/String": "string data",
    "gaitway_msgs/msg/Tick": """\
# Number of the tick, and passive, stand, policy or damping
uint32 tick
string state
# Row of the fault table, and why it damps in a sentence; empty before
string cause
string fault
# s: since the run's first tick; from the deadline to the start; from the start to the command being sent
float64 start
float64 late
float64 work
# s, on the robot's clock
float64 robot_time
# Observations from outside, side by side in the contract's order
string[] external_names
float64[] external_values
""",
}


class Cdr:
    """A message being written: little-endian CDR, each value aligned to its size."""

    def __init__(self) -> None:
        self._content = bytearray(b"\x00\x01\x00\x00")

    def bytes(self) -> bytes:
        """The message."""
        return bytes(self._content)

    def _align(self, size: int) -> None:
        self._content += bytes(-(len(self._content) - 4) % size)

    def uint32(self, *values: int) -> Cdr:
        """Append integers."""
        self._align(4)
        self._content += struct.pack(f"<{len(values)}I", *values)
        return self

    def string(self, text: str) -> Cdr:
        """Append a string."""
        content = text.encode() + b"\0"
        self.uint32(len(content))
        self._content += content
        return self

    def floats(self, values: np.ndarray | Sequence[float]) -> Cdr:
        """Append an array of fixed length, or that many fields."""
        self._align(8)
        self._content += np.asarray(values, "<f8").tobytes()
        return self

    def sequence(self, values: np.ndarray | Sequence[float]) -> Cdr:
        """Append an array of any length."""
        self.uint32(len(values))
        return self.floats(values) if len(values) else self

    def header(self, time: float, frame: str) -> Cdr:
        """Append a `std_msgs/Header` of `time` s, 0 if that is no number."""
        nanoseconds = round(time * 1e9) if math.isfinite(time) else 0
        self.uint32(nanoseconds // 10**9 & 0xFFFFFFFF, nanoseconds % 10**9)
        return self.string(frame)


def joint_state(
    time: float, names: Sequence[str], pos: np.ndarray, vel: np.ndarray, effort: np.ndarray | Sequence[float]
) -> bytes:
    """A `JointState`; each array may be empty."""
    message = Cdr().header(time, "").uint32(len(names))
    for name in names:
        message.string(name)
    return message.sequence(pos).sequence(vel).sequence(effort).bytes()


def imu(time: float, quat: np.ndarray, gyro: np.ndarray) -> bytes:
    """An `Imu` of orientation `wxyz` and angular velocity; it says that it has no acceleration."""
    unknown = np.zeros(9)
    none = np.concatenate(([-1.0], np.zeros(8)))
    message = Cdr().header(time, "imu").floats(np.roll(quat, -1)).floats(unknown)
    return message.floats(gyro).floats(unknown).floats(np.zeros(3)).floats(none).bytes()


def text(content: str) -> bytes:
    """A `String`."""
    return Cdr().string(content).bytes()


def tick(content: Tick, external_names: Sequence[str]) -> bytes:
    """A `Tick`, with the external values of that name."""
    message = Cdr().uint32(content.number)
    for value in (content.state, content.cause or "", content.fault):
        message.string(value)
    late = content.start - content.due
    message.floats([content.start, late, content.work, content.reading.time])
    message.uint32(len(external_names))
    for name in external_names:
        message.string(name)
    values = [np.ravel(content.reading.external.get(name, ())) for name in external_names]
    return message.sequence(np.concatenate(values) if values else ()).bytes()


def twist(command: np.ndarray) -> bytes:
    """A `Twist` of vx, vy in m/s and yaw rate in rad/s."""
    vx, vy, yaw = command
    return Cdr().floats([vx, vy, 0.0, 0.0, 0.0, yaw]).bytes()


def pose(time: float, pos: np.ndarray, quat: np.ndarray) -> bytes:
    """A `PoseStamped` in the world of a position in m and an orientation `wxyz`."""
    return Cdr().header(time, "world").floats(pos).floats(np.roll(quat, -1)).bytes()


def twist_stamped(time: float, velocity: np.ndarray) -> bytes:
    """A `TwistStamped` of (6,): m/s in the world, rad/s in the base frame."""
    return Cdr().header(time, "world").floats(velocity).bytes()
