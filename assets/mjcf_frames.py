"""MJCF without `<frame>`: what is in one is posed in the body around it, as MuJoCo's compiler does."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import mujoco
import numpy as np

_POSED = {"body", "frame", "geom", "site", "camera"}
# Element -> its attribute that is a direction, and what that is by default.
_DIRECTED = {"joint": ("axis", "0 0 1"), "light": ("dir", "0 0 -1")}


def dissolve_frames(parent: ET.Element) -> None:
    """Put the children of every frame under `parent` in the frame's place, frames within frames too.

    To the last bit: in a robot whose parts touch, contacts make anything of it. So this is the compiler's
    arithmetic (`mjuu_frameaccum`) in its order, from the outermost frame inwards.
    """
    for child in list(parent):
        if child.tag == "frame":
            for part in child:
                _move(part, child)
            dissolve_frames(child)
            place = list(parent).index(child)
            parent[place : place + 1] = list(child)
        elif child.tag in ("worldbody", "body"):
            dissolve_frames(child)


def _move(part: ET.Element, frame: ET.Element) -> None:
    """Pose `part` in what its frame is in."""
    origin, turn = _numbers(frame, "pos", "0 0 0"), _unit(_numbers(frame, "quat", "1 0 0 0"))
    if part.tag in _POSED or part.tag in _DIRECTED:
        position = _turned(_numbers(part, "pos", "0 0 0"), turn)
        set_numbers(part, "pos", origin + position)
    if part.tag in _POSED:
        quaternion = np.empty(4)
        mujoco.mju_mulQuat(quaternion, turn, _unit(_numbers(part, "quat", "1 0 0 0")))
        set_numbers(part, "quat", _unit(quaternion))
    if part.tag in _DIRECTED:
        attribute, default = _DIRECTED[part.tag]
        set_numbers(part, attribute, _turned(_numbers(part, attribute, default), turn))


def _turned(vector: np.ndarray, quaternion: np.ndarray) -> np.ndarray:
    matrix = np.empty(9)
    mujoco.mju_quat2Mat(matrix, quaternion)
    return np.array(
        [row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2] for row in matrix.reshape(3, 3)]
    )


def _unit(quaternion: np.ndarray) -> np.ndarray:
    w, x, y, z = quaternion
    return quaternion / math.sqrt(w * w + x * x + y * y + z * z)


def _numbers(element: ET.Element, name: str, default: str) -> np.ndarray:
    return np.array(element.get(name, default).split(), dtype=float)


def set_numbers(element: ET.Element, name: str, values: np.ndarray) -> None:
    """Write numbers with all their digits."""
    element.set(name, " ".join(repr(float(value)) for value in values))
