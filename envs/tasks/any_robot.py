"""Velocity following for a robot that somebody brings: what the task needs is derived from its model."""

from __future__ import annotations

import math
from pathlib import Path

import mujoco
import numpy as np

from ...assets import ASSETS
from ..commands.velocity import GaitCfg, VelocityCommandCfg
from ..config import EnvCfg
from ..robot_defaults import RobotDefaults, complete_robot
from ..stage import load_stage
from .velocity import velocity_flat

_GRAVITY = 9.81


def flat(robot: Path = ASSETS / "robots/droid.usda") -> EnvCfg:
    """Walk on flat ground; feet, stance, gains and action scales come from the robot's own file.

    Speeds and step frequency grow with the leg's length L as those of a pendulum do: a Froude number
    v^2 / (g L) of at most 0.13 and 0.3 sqrt(g / L) steps per second and foot.

    Raises:
        ValueError: the file is wrong, or the robot has no floating base or no feet.
    """
    spec = load_stage(robot, visuals=False).spec
    found = complete_robot(spec, str(robot))
    model = spec.compile()
    key = model.key(found.keyframe)
    leg, many_feet = float(key.qpos[2]), len(found.feet) > 2
    speed = math.sqrt(0.13 * _GRAVITY * leg)
    cfg = velocity_flat("Gaitway/VelocityFlat-v0", robot)
    cfg.derive, cfg.keyframe = True, found.keyframe
    cfg.actions.scale = found.action_scale
    cfg.actions.joints = "|".join(joint for joints in found.feet.values() for joint in joints)
    cfg.commands = VelocityCommandCfg(
        lin_vel_x=(-0.5 * speed, speed),
        lin_vel_y=(-0.3 * speed, 0.3 * speed),
        gait=GaitCfg(
            frequency=0.3 * math.sqrt(_GRAVITY / leg),
            swing_height=(0.18 if many_feet else 0.12) * leg,
            offsets=_gait_offsets(model, key.qpos, list(found.feet)),
        ),
    )
    mass = float(model.body_mass.sum())
    cfg.events["payload"].params = {"added": (-0.03 * mass, 0.06 * mass)}
    cfg.rewards["base_height"].weight *= (0.42 / leg) ** 2
    cfg.rewards["joint_torque"].weight *= (15.4 / mass) ** 2
    del cfg.rewards["feet_tilt"]  # a derived sole's Z is up in the stance, but a round foot may roll
    del cfg.rewards["hip_yaw"]
    cfg.rewards["hip_roll"].params["pattern"] = f"^({'|'.join(_hips(model, key.qpos, found))})$"
    if many_feet:  # quick steps, which are easy to balance; more legs bear the weight with bent knees
        cfg.rewards["short_swing"].params["least"] = 0.14
        cfg.rewards["joint_torque"].weight /= 2
    return cfg


def _hips(model: mujoco.MjModel, qpos: np.ndarray, found: RobotDefaults) -> list[str]:
    """Joints of the upper half of each leg that swing it sideways or turn it: not about the Y axis."""
    data = mujoco.MjData(model)
    data.qpos[:] = qpos
    mujoco.mj_kinematics(model, data)
    to_base = data.body(found.base).xmat.reshape(3, 3)
    uppers = [joint for joints in found.feet.values() for joint in joints[: (len(joints) + 1) // 2]]
    return [joint for joint in uppers if abs((data.joint(joint).xaxis @ to_base)[1]) < 0.5]


def _gait_offsets(model: mujoco.MjModel, qpos: np.ndarray, feet: list[str]) -> tuple[float, ...]:
    """Half a cycle between left and right, and between one row of feet and the next: a walk, or a trot."""
    data = mujoco.MjData(model)
    data.qpos[:] = qpos
    mujoco.mj_kinematics(model, data)
    # In the model's order of sites, which is that of the robot's state.
    ordered = sorted(feet, key=lambda foot: model.site(foot).id)
    position = {foot: data.site_xpos[model.site(foot).id] - qpos[:3] for foot in ordered}
    offsets = []
    for foot in ordered:
        is_left = position[foot][1] > 0
        same_side = [position[other][0] for other in ordered if (position[other][1] > 0) == is_left]
        row = sum(x > position[foot][0] for x in same_side)
        offsets.append(0.5 * float((row + (not is_left)) % 2))
    return tuple(offsets)
