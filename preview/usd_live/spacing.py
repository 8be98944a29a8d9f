"""Where worlds stand that are shown side by side."""

from __future__ import annotations

import math

import mujoco
import numpy as np

from .terrain import terrain_geoms

_GAP = 1.0  # m
_LEAST = 2.5  # m from one world's middle to the next


def world_offsets(model: mujoco.MjModel, worlds: int) -> np.ndarray:
    """Offsets (worlds, 3) in m, in a square as wide as what stands in a world; world 0 stays where it is.

    On a terrain all are 0: its patches lie side by side already, and each world is on one of them.
    """
    offsets = np.zeros((worlds, 3))
    if terrain_geoms(model):
        return offsets
    columns = math.ceil(math.sqrt(worlds))
    rows, places = np.divmod(np.arange(worlds), columns)
    offsets[:, :2] = np.column_stack((rows, places)) * max(_LEAST, _extent(model) + _GAP)
    return offsets


def _extent(model: mujoco.MjModel) -> float:
    """Largest horizontal extent in m of what is above the floor, planes left out."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    radius = model.geom_rbound
    standing = (model.geom_type != mujoco.mjtGeom.mjGEOM_PLANE) & (data.geom_xpos[:, 2] + radius > 0)
    if not standing.any():
        return 0.0
    middle, radius = data.geom_xpos[standing, :2], radius[standing, None]
    return float(((middle + radius).max(axis=0) - (middle - radius).min(axis=0)).max())
