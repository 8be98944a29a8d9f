"""Pushing: an arm slides the cube over the table to a place on it, with the gripper closed."""

from __future__ import annotations

from ..commands.target import TargetCommandCfg
from ..config import ActionCfg, EnvCfg, RewardTerm
from ..terms import manipulation
from .arm_lift import CUBE, lift
from .arm_object import motion_costs
from .arm_reach import JOINTS, STEP


def push() -> EnvCfg:
    """Push the cube to a point on the table and leave it there."""
    cfg = lift()
    cfg.task = "Gaitway/ArmPush-v0"
    cfg.keyframe = "closed"
    cfg.commands = TargetCommandCfg(
        radius=(0.4, 0.65), azimuth=(-0.5, 0.5), height=(0.025, 0.025), hold_s=6.0
    )
    cfg.actions = ActionCfg(joints=JOINTS, scale=STEP, clip=2.0, relative=True)
    cfg.rewards = {
        "near": RewardTerm(manipulation.tool_at_object, 1.0, CUBE | {"sigma": 0.3}),
        "reach": RewardTerm(manipulation.tool_at_object, 0.5, CUBE | {"sigma": 0.05}),
        "bring": RewardTerm(manipulation.object_at_target, 3.0, CUBE | {"sigma": 0.2}),
        "place": RewardTerm(manipulation.object_at_target, 6.0, CUBE | {"sigma": 0.03}),
        **motion_costs(),
    }
    cfg.episode_s = 6.0
    return cfg
