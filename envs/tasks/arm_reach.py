"""Reaching: the tool of an arm to a place within reach, and held there."""

from __future__ import annotations

from dataclasses import replace

from ...assets import ASSETS
from ..agent import PPOCfg
from ..commands.target import TargetCommandCfg
from ..config import (
    ActionCfg,
    EnvCfg,
    EventTerm,
    ObservationTerm,
    RewardTerm,
    SensorNoiseCfg,
    SimCfg,
    TerminationTerm,
)
from ..terms import manipulation, observations, rewards, terminations

JOINTS = "joint[1-7]"
STEP = 0.1
"""rad per action of 1, from where the joint is: near the target an arm needs small steps, not exact poses."""
ENCODERS = SensorNoiseCfg(joint_pos=0.0005, joint_vel=0.02)
"""An arm's encoders sit behind the gears: a hundredth of what a leg's read."""


def position() -> EnvCfg:
    """Bring the tool to a random point within 1 cm, three times an episode, and hold it there.

    Actions are steps from where the joints are, and the arm sees how far its tool is from the target, by its
    own forward kinematics: what is left of an error stays in sight until it is gone.
    """
    return EnvCfg(
        task="Gaitway/ArmReach-v0",
        robot=ASSETS / "robots/arm.usda",
        scene=ASSETS / "scenes/flat.usda",
        keyframe="home",
        actor=_observations(),
        critic=_observations() | {"tool_velocity": ObservationTerm(manipulation.tool_velocity)},
        commands=TargetCommandCfg(),
        actions=ActionCfg(joints=JOINTS, scale=STEP, clip=2.0, relative=True),
        noise=replace(ENCODERS),
        sim=SimCfg(timestep=0.01, decimation=2),
        rewards={
            "near": RewardTerm(manipulation.tool_at_target, 1.0, {"sigma": 0.3}),
            "nearer": RewardTerm(manipulation.tool_at_target, 2.0, {"sigma": 0.05}),
            "there": RewardTerm(manipulation.tool_at_target, 2.0, {"sigma": 0.01}),
            "joint_speed": RewardTerm(manipulation.joint_speed, -0.01),
            "joint_limits": RewardTerm(rewards.joint_limits, -1.0),
            "action_rate": RewardTerm(rewards.action_rate, -0.01),
            "action_acceleration": RewardTerm(rewards.action_acceleration, -0.005),
        },
        terminations={"time_out": TerminationTerm(terminations.time_out, time_out=True)},
        events={"reset": EventTerm(manipulation.reset_arm, "reset")},
        episode_s=12.0,
        agent=PPOCfg(entropy_coef=0.001),
        scorer="reach",
    )


def pose() -> EnvCfg:
    """The same with a direction: the tool points down, leaning up to 0.4 rad, as for a grasp."""
    cfg = position()
    cfg.task = "Gaitway/ArmReachPose-v0"
    cfg.commands = TargetCommandCfg(radius=(0.4, 0.6), azimuth=(-1.2, 1.2), height=(0.1, 0.4), tilt=0.4)
    cfg.rewards |= {
        "direction": RewardTerm(manipulation.tool_direction, 1.0, {"sigma": 0.5}),
        "aligned": RewardTerm(manipulation.tool_direction, 1.0, {"sigma": 0.1}),
    }
    return cfg


def _observations() -> dict[str, ObservationTerm]:
    """What an arm knows: its controller reports joints and, by their kinematics, where the tool is."""
    return {
        "joint_pos": ObservationTerm(observations.joint_pos),
        "joint_vel": ObservationTerm(observations.joint_vel),
        "last_action": ObservationTerm(observations.last_action),
        "target": ObservationTerm(manipulation.target),
        "tool_to_target": ObservationTerm(manipulation.tool_to_target),
    }
