"""MJCF without `<frame>`: what is in one is posed in the body around it, as MuJoCo's compiler does."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import mujoco
import numpy as np

_POSED = {"body", "geom", "site", "camera"}
# Element -> its attribute that is a direction, and what that is by default.
_DIRECTED = {"joint": ("axis", "0 0 1"), "light": ("dir", "0 0 -1")}


def dissolve_frames(parent: ET.Element) -> None:
    """Put the children of every frame under `parent` in the frame's place, frames within frames too."""
    for child in list(parent):
        if child.tag == "frame":
            dissolve_frames(child)
            for part in child:
                _move(part, child)
            place = list(parent).index(child)
            parent[place : place + 1] = list(child)
        elif child.tag in ("worldbody", "body"):
            dissolve_frames(child)


def _move(part: ET.Element, frame: ET.Element) -> None:
    """Pose `part` in what its frame is in."""
    origin, turn = _numbers(frame, "pos", "0 0 0"), _numbers(frame, "quat", "1 0 0 0")
    mujoco.mju_normalize4(turn)
    if part.tag in _POSED or part.tag in _DIRECTED:
        position = np.empty(3)
        mujoco.mju_rotVecQuat(position, _numbers(part, "pos", "0 0 0"), turn)
        set_numbers(part, "pos", position + origin)
    if part.tag in _POSED:
        quaternion = np.empty(4)
        mujoco.mju_mulQuat(quaternion, turn, _numbers(part, "quat", "1 0 0 0"))
        set_numbers(part, "quat", quaternion)
    if part.tag in _DIRECTED:
        attribute, default = _DIRECTED[part.tag]
        direction = np.empty(3)
        mujoco.mju_rotVecQuat(direction, _numbers(part, attribute, default), turn)
        set_numbers(part, attribute, direction)


def _numbers(element: ET.Element, name: str, default: str) -> np.ndarray:
    return np.array(element.get(name, default).split(), dtype=float)


def set_numbers(element: ET.Element, name: str, values: np.ndarray) -> None:
    """Write numbers with all their digits."""
    element.set(name, " ".join(repr(float(value)) for value in values))
