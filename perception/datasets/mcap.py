"""MCAP files of ROS 2: pictures, calibrations, IMU, wheel odometry and truth, whatever the topics are called.

A camera is `left`, `right`, `rgb` or `depth` by the words of its topic. Truth is a PoseStamped or Odometry
under a topic that says so; wheel odometry is an Odometry under a topic with 'wheel'. The body is `base_link`
of /tf_static, or the root of the cameras' frames; without /tf_static it is the rectified left camera.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..camera import Rectifier
from ..poses import Array, make_pose
from ..recording import Frames, ImuNoise, ImuSamples, Recording, WheelSamples
from ..trajectory import Trajectory
from .checks import check_pictures, check_stereo, checked_imu, warn
from .ros2_cameras import CameraTopic, cameras_of, picture_of
from .sync import RGBD, STEREO, in_step

_MAGIC = b"\x89MCAP0\r\n"
_IMAGES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")
_DECODED = {
    "sensor_msgs/msg/Imu",
    "nav_msgs/msg/Odometry",
    "geometry_msgs/msg/PoseStamped",
    "tf2_msgs/msg/TFMessage",
    "sensor_msgs/msg/CameraInfo",
}
_TRUTH_WORDS = ("truth", "ground", "gt", "vicon", "mocap")


@dataclass
class _Contents:
    """What a file holds, but for the pictures.

    Attributes:
        images: by topic, stamps in ns of its pictures, and when each was logged.
        messages: of the other topics, decoded.
        kinds: of each topic.
    """

    images: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    messages: dict[str, list[Any]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    noise: ImuNoise = field(default_factory=ImuNoise)


class McapFile:
    """An open file of which single messages are decoded.

    Raises:
        ValueError: it is no MCAP file, or cut off.
    """

    def __init__(self, path: Path) -> None:
        try:
            from mcap.reader import SeekingReader
            from mcap_ros2.decoder import DecoderFactory
        except ImportError as error:
            raise ValueError("Reading MCAP needs more packages: pip install 'gaitway[log]'.") from error
        self.path = path
        content = path.stat().st_size
        self._file = path.open("rb")
        beginning = self._file.read(len(_MAGIC))
        self._file.seek(max(content - len(_MAGIC), 0))
        end = self._file.read()
        self._file.seek(0)
        if beginning != _MAGIC:
            raise ValueError(f"{path} is no MCAP file.")
        if end != _MAGIC:
            raise ValueError(
                f"{path} is cut off; 'mcap recover' of the MCAP command line tool saves the rest."
            )
        self._reader = SeekingReader(self._file, validate_crcs=True)
        self._decoders = DecoderFactory()

    def messages(
        self, topics: list[str] | None = None, first: int | None = None, last: int | None = None
    ) -> Iterator:
        """(schema, channel, message) of topics logged from `first` to `last` ns, both included."""
        try:
            yield from self._reader.iter_messages(
                topics, starting_at=first, ending_at=last, log_time_order=False
            )
        except Exception as error:  # the package's own exception classes share no base
            raise ValueError(f"{self.path} is damaged ({' '.join(str(error).split())}).") from error

    def decode(self, schema: Any, channel: Any, message: Any) -> Any:
        """The fields of a message."""
        decoder = self._decoders.decoder_for(channel.message_encoding, schema)
        if decoder is None:
            raise ValueError(
                f"{self.path}: topic {channel.topic} is encoded as {channel.message_encoding} with a schema "
                f"in {schema.encoding}, and not as ROS 2 does."
            )
        return decoder(message.data)

    def metadata(self) -> dict[str, dict[str, str]]:
        """Notes by name."""
        return {note.name: note.metadata for note in self._reader.iter_metadata()}


def open_mcap(path: Path) -> Recording:
    """Open a recording; its pictures are loaded when they are asked for.

    Args:
        path: the file, or a folder of `ros2 bag` that holds one.

    Raises:
        ValueError: what is wrong, naming the file and topic.
    """
    if path.is_dir():
        files = sorted(path.glob("*.mcap"))
        if len(files) != 1:
            raise ValueError(f"{path} holds {len(files)} MCAP files; name one.")
        path = files[0]
    file = McapFile(path)
    contents = _read(file)
    infos = {
        topic: rows[0] for topic, rows in contents.messages.items() if contents.kinds[topic].endswith("Info")
    }
    transforms = [
        t for rows in _of_kind(contents, "TFMessage", "static").values() for m in rows for t in m.transforms
    ]
    topics, body_from = cameras_of(path, sorted(contents.images), infos, transforms)
    frames = _frames(file, contents, topics)
    cameras = {topic.name: topic.camera for topic in topics}
    if {"left", "right"} <= set(cameras):
        check_stereo(cameras["left"], cameras["right"], path)
        rectifier, first = Rectifier(cameras["left"], cameras["right"]), frames[0].pictures
        check_pictures(*rectifier(first["left"], first["right"]), path)
    truth = _truth(path, contents)
    imu = _imu(path, contents, body_from, truth)
    return Recording(frames, cameras, imu, contents.noise, _wheels(path, contents), truth)


def _read(file: McapFile) -> _Contents:
    contents = _Contents()
    for schema, channel, message in file.messages():
        kind = schema.name if schema else ""
        if kind in _IMAGES:
            contents.images.setdefault(channel.topic, []).append((_stamp(message.data), message.log_time))
        elif kind in _DECODED:
            rows = contents.messages.setdefault(channel.topic, [])
            if not rows or not kind.endswith("CameraInfo"):
                rows.append(file.decode(schema, channel, message))
        contents.kinds[channel.topic] = kind
    if not contents.images:
        raise ValueError(f"{file.path} holds no sensor_msgs/msg/Image or CompressedImage.")
    if note := file.metadata().get("imu_noise"):
        contents.noise = ImuNoise(**json.loads(note["json"]))
    return contents


def _stamp(data: bytes) -> int:
    """ns of a message's header: its first two fields, after 4 bytes of CDR that say which end comes first."""
    order = "little" if data[1] & 1 else "big"
    seconds, nanoseconds = (int.from_bytes(data[k : k + 4], order) for k in (4, 8))
    return seconds * 10**9 + nanoseconds


def _frames(file: McapFile, contents: _Contents, topics: list[CameraTopic]) -> Frames:
    """Frames of which all cameras have a picture."""
    stamps = {
        camera.topic: _rising(
            f"{file.path}, {camera.topic}", [stamp for stamp, _ in contents.images[camera.topic]]
        )
        for camera in topics
    }
    is_pair = all(camera.name in ("left", "right") for camera in topics)
    rows = in_step([stamps[camera.topic] for camera in topics], STEREO if is_pair else RGBD, file.path)

    def load(k: int) -> dict[str, np.ndarray]:
        wanted = {
            camera.topic: (camera, *contents.images[camera.topic][row])
            for camera, row in zip(topics, rows[k], strict=True)
        }
        logged = [at for _, _, at in wanted.values()]
        pictures = {}
        for schema, channel, message in file.messages(list(wanted), min(logged), max(logged)):
            camera, stamp, _ = wanted[channel.topic]
            if _stamp(message.data) == stamp:
                source = f"{file.path}, {channel.topic}, frame {k}"
                pictures[camera.name] = picture_of(file.decode(schema, channel, message), camera, source)
        return pictures

    return Frames(stamps[topics[0].topic][rows[:, 0]], load)


def _rising(source: str, stamps: list[int]) -> Array:
    """Stamps in ns as s, if they rise."""
    late = np.flatnonzero(np.diff(np.array(stamps)) <= 0)
    if late.size:
        k = int(late[0]) + 1
        what = "is there twice" if stamps[k] == stamps[k - 1] else "comes before the last one"
        raise ValueError(
            f"{source}, message {k}: the stamp {stamps[k]} ns {what}; sort the messages by their stamps."
        )
    return np.array(stamps) * 1e-9


def _times(source: str, rows: list[Any]) -> Array:
    return _rising(source, [row.header.stamp.sec * 10**9 + row.header.stamp.nanosec for row in rows])


def _of_kind(contents: _Contents, kind: str, *words: str) -> dict[str, list[Any]]:
    """Messages by topic, of one kind, whose topic has one of the words."""
    return {
        topic: rows
        for topic, rows in contents.messages.items()
        if contents.kinds[topic].endswith(kind) and any(word in topic.lower() for word in words)
    }


def _only(path: Path, found: dict[str, list[Any]], what: str) -> tuple[str, list[Any]] | None:
    if len(found) > 1:
        warn(f"{path}: {', '.join(found)} are all {what}; the first is taken.")
    return next(iter(found.items()), None)


def _truth(path: Path, contents: _Contents) -> Trajectory | None:
    stamped = {
        **_of_kind(contents, "PoseStamped", *_TRUTH_WORDS),
        **_of_kind(contents, "Odometry", *_TRUTH_WORDS),
    }
    if not (chosen := _only(path, stamped, "the truth")):
        return None
    topic, rows = chosen
    poses = [getattr(row.pose, "pose", row.pose) for row in rows]
    positions = [[p.position.x, p.position.y, p.position.z] for p in poses]
    turns = np.array([[p.orientation.w, p.orientation.x, p.orientation.y, p.orientation.z] for p in poses])
    if not turns.any(axis=1).all():
        raise ValueError(f"{path}, {topic}: a quaternion is 0 0 0 0, which is no rotation.")
    return Trajectory(_times(f"{path}, {topic}", rows), make_pose(positions, turns))


def _imu(
    path: Path, contents: _Contents, body_from: dict[str, Array], truth: Trajectory | None
) -> ImuSamples | None:
    if not (chosen := _only(path, _of_kind(contents, "Imu", ""), "IMUs")):
        return None
    topic, rows = chosen
    source = f"{path}, {topic}"
    frame = rows[0].header.frame_id
    if frame not in body_from:
        warn(f"{source}: its frame '{frame}' is not in /tf_static, so it is assumed to be the body's.")
    turn = body_from.get(frame, np.eye(4))[:3, :3]
    gyro, accel = (
        np.array([[getattr(getattr(row, name), axis) for axis in "xyz"] for row in rows]) @ turn.T
        for name in ("angular_velocity", "linear_acceleration")
    )
    if not (np.isfinite(gyro).all() and np.isfinite(accel).all()):
        raise ValueError(f"{source}: a rate or acceleration is not a finite number.")
    return checked_imu(ImuSamples(_times(source, rows), gyro, accel), truth, source)


def _wheels(path: Path, contents: _Contents) -> WheelSamples | None:
    if not (chosen := _only(path, _of_kind(contents, "Odometry", "wheel"), "wheel odometry")):
        return None
    topic, rows = chosen
    twists = [row.twist.twist for row in rows]
    speed, rate = np.array([[twist.linear.x, twist.angular.z] for twist in twists]).T
    return WheelSamples(_times(f"{path}, {topic}", rows), speed, rate)
