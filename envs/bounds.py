"""How much room a robot takes."""

from __future__ import annotations

import mujoco
import numpy as np


def robot_bounds(model: mujoco.MjModel, qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner of the geoms on bodies in state `qpos` (nq,): (3,) each, in m.

    Mocap bodies are furniture, unless there is nothing else that moves.
    """
    data = mujoco.MjData(model)
    data.qpos[:] = qpos
    mujoco.mj_kinematics(model, data)
    counts = np.arange(model.nbody) > 0
    if model.njnt:
        counts &= model.body_mocapid[model.body_rootid] < 0
    lows, highs = [], []
    for geom in np.flatnonzero((model.geom_type != mujoco.mjtGeom.mjGEOM_PLANE) & counts[model.geom_bodyid]):
        rotation = data.geom_xmat[geom].reshape(3, 3)
        centre, half = model.geom_aabb[geom].reshape(2, 3)
        middle = data.geom_xpos[geom] + rotation @ centre
        reach = np.abs(rotation) @ half
        lows.append(middle - reach)
        highs.append(middle + reach)
    return np.min(lows, axis=0), np.max(highs, axis=0)
