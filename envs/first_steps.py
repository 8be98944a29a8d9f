"""A robot that compiles may still explode: a few steps at rest in its keyframe tell, before training does."""

from __future__ import annotations

import mujoco
import numpy as np

from .config import EnvCfg

_SECONDS = 0.1
_LIMIT = 1e6  # rad/s^2 or m/s^2; no robot at rest accelerates like that


def check_first_steps(model: mujoco.MjModel, cfg: EnvCfg) -> None:
    """Hold the keyframe for 0.1 s.

    Raises:
        ValueError: the simulation diverges; the sentence names the joints to look at.
    """
    keys = [model.key(i).name for i in range(model.nkey)]
    if cfg.keyframe not in keys:
        return  # said better by `RobotState`
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, keys.index(cfg.keyframe))
    for step in range(round(_SECONDS / cfg.sim.timestep)):
        mujoco.mj_forward(model, data)
        acceleration = np.nan_to_num(np.abs(data.qacc), nan=np.inf)
        if acceleration.max(initial=0.0) > _LIMIT or any(warning.number for warning in data.warning):
            force = np.nan_to_num(np.abs(data.qfrc_actuator + data.qfrc_passive), nan=np.inf)
            driven, light = (
                model.joint(int(model.dof_jntid[dofs.argmax()])).name for dofs in (force, acceleration)
            )
            raise ValueError(
                f"{cfg.robot}: explodes at physics step {step + 1} while it holds keyframe "
                f"'{cfg.keyframe}': joint '{driven}' bears the largest force and joint '{light}' accelerates "
                "most; check their drives' gains, the inertia of their bodies and contacts of the pose, or "
                "lower sim.timestep."
            )
        mujoco.mj_step(model, data)
