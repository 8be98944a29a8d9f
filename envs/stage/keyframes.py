"""Keyframes are vectors of a whole model; what scales, turns or moves the model must change them too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

_FREE, _BALL, _SLIDE = mujoco.mjtJoint.mjJNT_FREE, mujoco.mjtJoint.mjJNT_BALL, mujoco.mjtJoint.mjJNT_SLIDE
_POSITIONS = {_FREE: 7, _BALL: 4}


def scale_keyframes(spec: mujoco.MjSpec, meters: float) -> None:
    """Multiply every length in `qpos` by `meters`."""

    def scale(joint: mujoco.MjsJoint, qpos: np.ndarray) -> None:
        if joint.type in (_FREE, _SLIDE):
            qpos[:3] *= meters

    _edit_joints(spec, scale)


def turn_keyframes(
    spec: mujoco.MjSpec, quaternion: np.ndarray, offset: Sequence[float] = (0.0, 0.0, 0.0)
) -> None:
    """Turn the world of every free joint by `quaternion` (`wxyz`), then move it by `offset` (m)."""

    def turn(joint: mujoco.MjsJoint, qpos: np.ndarray) -> None:
        if joint.type != _FREE:
            return
        position, orientation = np.zeros(3), np.zeros(4)
        mujoco.mju_rotVecQuat(position, qpos[:3].copy(), quaternion)
        mujoco.mju_mulQuat(orientation, quaternion, qpos[3:].copy())
        qpos[:3], qpos[3:] = position + offset, orientation

    _edit_joints(spec, turn)


@dataclass(frozen=True)
class RobotNames:
    """What one robot brought, by its names in the whole model; `keys` maps its own names to those."""

    bodies: frozenset[str]
    actuators: frozenset[str]
    keys: dict[str, str]

    @classmethod
    def of(cls, spec: mujoco.MjSpec, prefix: str) -> RobotNames:
        """Names of a robot's spec once it is attached with `prefix`."""
        return cls(
            bodies=frozenset(prefix + body.name for body in spec.bodies if body.name != "world"),
            actuators=frozenset(prefix + actuator.name for actuator in spec.actuators),
            keys={key.name: prefix + key.name for key in spec.keys},
        )


def share_keyframes(model: mujoco.MjModel, robots: Sequence[RobotNames]) -> None:
    """Let each robot's keyframe hold the other robots in their keyframes of the same name.

    MuJoCo keeps one keyframe per robot, in which the other robots are in their zero pose.
    """
    poses = {
        model.key(i).name: (model.key_qpos[i].copy(), model.key_ctrl[i].copy()) for i in range(model.nkey)
    }
    for robot in robots:
        joints = [i for i in range(model.njnt) if model.body(model.jnt_bodyid[i]).name in robot.bodies]
        qpos = [address for joint in joints for address in _addresses(model, joint)]
        ctrl = [i for i in range(model.nu) if model.actuator(i).name in robot.actuators]
        for other in robots:
            for key in robot.keys.keys() & other.keys.keys() if other is not robot else ():
                (own_qpos, own_ctrl), shared = poses[robot.keys[key]], model.key(other.keys[key])
                shared.qpos[qpos], shared.ctrl[ctrl] = own_qpos[qpos], own_ctrl[ctrl]


def _addresses(model: mujoco.MjModel, joint: int) -> range:
    start = int(model.jnt_qposadr[joint])
    return range(start, start + _POSITIONS.get(mujoco.mjtJoint(model.jnt_type[joint]), 1))


def _edit_joints(spec: mujoco.MjSpec, edit: Callable[[mujoco.MjsJoint, np.ndarray], None]) -> None:
    """Call `edit` with every joint and its part of every keyframe's `qpos`, to be changed in place."""
    for key in spec.keys:
        qpos, start = np.array(key.qpos), 0
        if not qpos.size:
            continue
        for joint in spec.joints:
            end = start + _POSITIONS.get(joint.type, 1)
            edit(joint, qpos[start:end])
            start = end
        key.qpos = qpos
