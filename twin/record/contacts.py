"""What a robot in physics touches."""

from __future__ import annotations

import mujoco


def touches(model: mujoco.MjModel, data: mujoco.MjData, body: int) -> bool:
    """Whether the robot of `body` touches anything but the floor and itself."""
    roots = model.body_rootid[model.geom_bodyid[data.contact.geom]]
    is_own = roots == model.body_rootid[body]
    is_floor = model.geom_type[data.contact.geom] == mujoco.mjtGeom.mjGEOM_PLANE
    return bool(((is_own.sum(axis=1) == 1) & ~is_floor.any(axis=1)).any())
