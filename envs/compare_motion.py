"""Do two models of the same structure move alike, and if not, which last bits are to blame?"""

from __future__ import annotations

import mujoco
import numpy as np

from .compare import Difference
from .stage.messages import collected_messages

_HOLD = 10  # physics steps between changes of the control
_BITS = 1e-12  # m, kg, ...: below any tolerance, and still too much for a robot that touches itself
_SETTING_OUT = {
    "body": ("pos", "quat", "ipos", "iquat", "mass", "inertia"),
    "geom": ("pos", "quat", "size"),
    "jnt": ("pos", "axis", "range"),
    "dof": ("armature", "damping", "frictionloss"),
}


def motion_error(
    first: mujoco.MjModel, second: mujoco.MjModel, seconds: float = 2.0, seed: int = 0
) -> float | None:
    """Largest difference in `qpos` (m, rad) of two free runs from the models' own start, never set equal.

    Both get the same random control. None if their joints or controls differ in number. A model that
    diverges is reset by MuJoCo; both must do so at the same step.
    """
    if (first.nq, first.nv, first.nu, first.na) != (second.nq, second.nv, second.nu, second.na):
        return None
    rng = np.random.default_rng(seed)
    one, other = mujoco.MjData(first), mujoco.MjData(second)
    worst = 0.0
    with collected_messages():  # of models that diverge
        for step in range(round(seconds / first.opt.timestep)):
            if step % _HOLD == 0:
                one.ctrl[:] = other.ctrl[:] = _random_control(first, rng)
            mujoco.mj_step(first, one)
            mujoco.mj_step(second, other)
            worst = max(worst, float(np.abs(one.qpos - other.qpos).max(initial=0.0)))
    return worst


def _random_control(model: mujoco.MjModel, rng: np.random.Generator) -> np.ndarray:
    """Uniform in the control range, or in [-1, 1] where there is none."""
    limited = model.actuator_ctrllimited.astype(bool)[:, None]
    low, high = np.where(limited, model.actuator_ctrlrange, (-1.0, 1.0)).T
    return rng.uniform(low, high)


def last_bits(first: mujoco.MjModel, second: mujoco.MjModel) -> list[Difference]:
    """Numbers of models of the same structure that differ by rounding alone, by the name in the second."""
    found = []
    for kind, fields in _SETTING_OUT.items():
        for field in fields:
            ours, theirs = (getattr(model, f"{kind}_{field}") for model in (first, second))
            if ours.shape != theirs.shape:
                continue
            apart = np.abs(ours - theirs).reshape(len(ours), -1).max(axis=1, initial=0.0)
            for row in np.flatnonzero((apart > 0) & (apart < _BITS)):
                name = "" if kind == "dof" else getattr(second, kind)(row).name.rpartition("/")[2]
                found.append(Difference(kind, name, field, "its last bits", f"{apart[row]:.0e} off"))
    return found
