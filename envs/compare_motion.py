"""Do two models of the same structure move alike?"""

from __future__ import annotations

import copy

import mujoco
import numpy as np

_HOLD = 10  # physics steps between changes of the control
_MARGIN = 1e-6  # m


def motion_error(first: mujoco.MjModel, second: mujoco.MjModel, seconds: float = 2.0, seed: int = 0) -> float:
    """Largest difference in `qpos` (m, rad) after one step from one state, under the same random control.

    Before each step the second model takes the first one's state: contacts amplify the 32-bit rounding of USD
    without end, and a free-running comparison would measure that. For the same reason contacts get a margin
    of 1 um in both: else the last bit decides about a sphere that rests exactly on a plane.
    """
    rng = np.random.default_rng(seed)
    models = [copy.copy(model) for model in (first, second)]
    for model in models:
        model.geom_margin += _MARGIN
        model.body_margin += _MARGIN
    one, other = (mujoco.MjData(model) for model in models)
    state = np.empty(mujoco.mj_stateSize(first, mujoco.mjtState.mjSTATE_INTEGRATION))
    worst = 0.0
    for step in range(round(seconds / first.opt.timestep)):
        if step % _HOLD == 0:
            one.ctrl[:] = _random_control(first, rng)
        mujoco.mj_getState(models[0], one, state, mujoco.mjtState.mjSTATE_INTEGRATION)
        mujoco.mj_setState(models[1], other, state, mujoco.mjtState.mjSTATE_INTEGRATION)
        mujoco.mj_step(models[0], one)
        mujoco.mj_step(models[1], other)
        worst = max(worst, float(np.abs(one.qpos - other.qpos).max(initial=0.0)))
    return worst


def _random_control(model: mujoco.MjModel, rng: np.random.Generator) -> np.ndarray:
    """Uniform in the control range, or in [-1, 1] where there is none."""
    limited = model.actuator_ctrllimited.astype(bool)[:, None]
    low, high = np.where(limited, model.actuator_ctrlrange, (-1.0, 1.0)).T
    return rng.uniform(low, high)
