"""Cameras of a ROS 2 recording: which topics they are, their calibration, and their pictures' pixels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..camera import Camera
from ..poses import Array, make_pose, pose_of
from .checks import make_camera, warn
from .pictures import decode_depth, decode_picture

BODY = "base_link"
_WORDS = {
    "depth": ("depth", "aligned_depth_to_color"),
    "left": ("left", "cam0", "infra1"),
    "right": ("right", "cam1", "infra2"),
    "rgb": ("rgb", "color"),
}
_MM = 1000.0
_COLOURS = {
    "rgb8": None,
    "bgr8": cv2.COLOR_BGR2RGB,
    "rgba8": cv2.COLOR_RGBA2RGB,
    "bgra8": cv2.COLOR_BGRA2RGB,
}


@dataclass(frozen=True)
class CameraTopic:
    """A camera and the topic of its pictures."""

    name: str
    topic: str
    camera: Camera


def role_of(topic: str) -> str | None:
    """'left', 'right', 'rgb' or 'depth', by the words between the topic's slashes; None for anything else."""
    words = topic.lower().strip("/").split("/")
    return next((role for role, known in _WORDS.items() if any(word in known for word in words)), None)


def cameras_of(
    source: object, topics: list[str], infos: dict[str, Any], transforms: list[Any]
) -> tuple[list[CameraTopic], dict[str, Array]]:
    """Cameras of picture topics, and the pose of every frame of /tf_static in the body.

    Args:
        source: names the recording in errors.
        topics: of pictures.
        infos: a CameraInfo by topic.
        transforms: of /tf_static.

    Raises:
        ValueError: no camera can be told from the topics, or one has no CameraInfo.
    """
    chosen = _choose(source, topics)
    info_of = {name: _info(source, topic, infos) for name, topic in chosen.items()}
    body_from = _frames_in_body(transforms, [info.header.frame_id for info in info_of.values()])
    cameras = []
    for name in (role for role in ("left", "right", "rgb", "depth") if role in chosen):
        topic, info = chosen[name], info_of[name]
        pose = body_from.get(info.header.frame_id)
        cameras.append(CameraTopic(name, topic, _camera(f"{source}, {topic}", info, "rect" in topic, pose)))
    return cameras, body_from


def _choose(source: object, topics: list[str]) -> dict[str, str]:
    """One topic a role: the rectified pictures rather than the raw ones."""
    chosen: dict[str, str] = {}
    for topic in sorted(topics, key=lambda topic: ("rect" not in topic, topic)):
        role = role_of(topic)
        if role is None:
            continue
        if role in chosen:
            warn(f"{source}: {topic} is left out; {chosen[role]} is taken for the {role} camera.")
        chosen.setdefault(role, topic)
    if not {"left", "rgb"} & set(chosen):
        raise ValueError(
            f"{source}: no topic of pictures has 'left' or 'rgb' between its slashes; there are "
            f"{', '.join(topics)}."
        )
    return chosen


def _info(source: object, topic: str, infos: dict[str, Any]) -> Any:
    beside = re.sub(r"/image.*", "", topic) + "/camera_info"
    if beside not in infos:
        raise ValueError(f"{source}: {topic} needs the calibration {beside} (sensor_msgs/msg/CameraInfo).")
    return infos[beside]


def _camera(source: str, info: Any, is_rectified: bool, pose: Array | None) -> Camera:
    projection = np.reshape(info.p, (3, 4))
    matrix = projection[:, :3] if is_rectified else np.reshape(info.k, (3, 3))
    distortion = np.array(info.d, float)
    if not is_rectified and distortion.any() and info.distortion_model not in ("plumb_bob", "radtan"):
        raise ValueError(
            f"{source}: distortion model '{info.distortion_model}' is not known here; plumb_bob is."
        )
    if pose is None:
        # The pair's own frame: that of its rectified left camera, whose x axis the baseline lies along.
        offset = -projection[0, 3] / projection[0, 0] if projection[0, 0] else 0.0
        turn = np.eye(3) if is_rectified else np.reshape(info.r, (3, 3))
        pose = pose_of(np.array([offset, 0.0, 0.0]), turn)
    used = () if is_rectified else distortion[:5].tolist()
    distortion = (*used, *(0.0,) * (4 - len(used)))
    intrinsics = (matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2])
    return make_camera(
        source,
        info.width,
        info.height,
        tuple(map(float, intrinsics)),
        distortion=distortion,
        body_from_camera=pose,
    )


def _frames_in_body(transforms: list[Any], camera_frames: list[str]) -> dict[str, Array]:
    """`body_from_frame` of the frames that hang together with the cameras'."""
    parents = {t.child_frame_id: (t.header.frame_id, _pose(t.transform)) for t in transforms}
    if not parents or any(frame not in parents for frame in camera_frames):
        return {}
    root_from = {}
    for frame in (*parents, *(parent for parent, _ in parents.values())):
        pose, at = np.eye(4), frame
        while at in parents and at != BODY:
            at, step = parents[at]
            pose = step @ pose
        root_from[frame] = (at, pose)
    root = root_from[camera_frames[0]][0]
    return {frame: pose for frame, (top, pose) in root_from.items() if top == root}


def _pose(transform: Any) -> Array:
    t, q = transform.translation, transform.rotation
    return make_pose([t.x, t.y, t.z], [q.w, q.x, q.y, q.z])


def picture_of(message: Any, camera: CameraTopic, source: str) -> np.ndarray:
    """Pixels of an Image or CompressedImage, depth in m.

    Raises:
        ValueError: an encoding that is not known, or too few bytes; naming the source.
    """
    is_depth = camera.name == "depth"
    if hasattr(message, "format"):
        content = bytes(message.data)
        if is_depth:
            # image_transport's compressedDepth puts 12 bytes before the PNG.
            content = content[12:] if "compressedDepth" in message.format else content
            picture = decode_depth(content, source, _MM)
        else:
            picture = decode_picture(content, source)
    else:
        picture = _depth(message, source) if is_depth else _colour(message, source)
    camera.camera.check_picture(picture, source)
    return picture


def _pixels(message: Any, kind: str, channels: int, source: str) -> np.ndarray:
    kind = (">" if message.is_bigendian else "<") + kind
    width = message.width * channels * np.dtype(kind).itemsize
    if len(message.data) < message.height * message.step or message.step < width:
        raise ValueError(
            f"{source}: {len(message.data)} bytes are too few for {message.width} x {message.height} px of "
            f"{message.encoding}."
        )
    rows = np.frombuffer(message.data, np.uint8)[: message.height * message.step].reshape(-1, message.step)
    pixels = np.ascontiguousarray(rows[:, :width]).view(kind)
    return pixels.reshape(message.height, message.width, *((channels,) if channels > 1 else ()))


def _colour(message: Any, source: str) -> np.ndarray:
    encoding = message.encoding
    if encoding in ("mono8", "8UC1"):
        return _pixels(message, "u1", 1, source)
    if encoding not in _COLOURS:
        raise ValueError(
            f"{source}: encoding '{encoding}' is not known here; mono8, {', '.join(_COLOURS)} are."
        )
    pixels = _pixels(message, "u1", 4 if "a8" in encoding else 3, source)
    code = _COLOURS[encoding]
    return pixels if code is None else cv2.cvtColor(pixels, code)


def _depth(message: Any, source: str) -> np.ndarray:
    """REP 118: 16UC1 in mm with 0, or 32FC1 in m with NaN, where there is none."""
    if message.encoding in ("16UC1", "mono16"):
        return (_pixels(message, "u2", 1, source) / _MM).astype(np.float32)
    if message.encoding == "32FC1":
        depth = _pixels(message, "f4", 1, source).astype(np.float32)
        return np.where(np.isfinite(depth), depth, np.float32(0.0))
    raise ValueError(f"{source}: encoding '{message.encoding}' is no depth; 16UC1 (mm) and 32FC1 (m) are.")
