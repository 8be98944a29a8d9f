"""Where what floats freely is in the state: an object of the scene, and the base of a robot."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import mujoco

if TYPE_CHECKING:
    from .vector_env import GaitwayVectorEnv


def free_joint(env: GaitwayVectorEnv, body: str) -> tuple[int, int]:
    """Where the position and the velocity of a free body begin in `qpos` and `qvel`.

    Raises:
        ValueError: the scene has no such body.
    """
    found = _find(env.model, body)
    if found is None:
        raise ValueError(
            f"{env.cfg.scene}: has no free body '{body}'; take a scene that has: --env.scene FILE."
        )
    return found


def base_joint(model: mujoco.MjModel, joint: int) -> int | None:
    """The free joint of the robot that `joint` is a part of; None where the robot's base is fixed.

    Free objects of the scene may come before the robot: their joints are not its base.
    """
    root = int(model.body_rootid[model.jnt_bodyid[joint]])
    base = int(model.body_jntadr[root])
    return base if base >= 0 and model.jnt_type[base] == mujoco.mjtJoint.mjJNT_FREE else None


@functools.cache
def _find(model: mujoco.MjModel, body: str) -> tuple[int, int] | None:
    found = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, body)
    joint = int(model.body_jntadr[found]) if found >= 0 else -1
    if joint < 0 or model.jnt_type[joint] != mujoco.mjtJoint.mjJNT_FREE:
        return None
    return int(model.jnt_qposadr[joint]), int(model.jnt_dofadr[joint])
