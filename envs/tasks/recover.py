"""Getting up from a fall: dropped in any attitude, a robot has to stand within the episode."""

from __future__ import annotations

from pathlib import Path

from ...assets import ASSETS
from ..agent import PPOCfg
from ..commands.velocity import GaitCfg, VelocityCommandCfg
from ..config import ActionCfg, EnvCfg, EventTerm, ObservationTerm, RewardTerm, TerminationTerm
from ..terms import events, observations, randomization, rewards, terminations
from .droid_velocity import LEGS


def recover(task: str, robot: Path, drop_height: float) -> EnvCfg:
    """Stand up and stand still. Nothing ends an episode but time: a fall is what it is about.

    Actions move joints from where they are, since legs must fold under the body by their whole range, and
    haste is cheap: with dearer speed, lying still on a side is the best that is found.
    """
    return EnvCfg(
        task=task,
        robot=robot,
        scene=ASSETS / "scenes/flat.usda",
        commands=VelocityCommandCfg(standing=1.0),
        actions=ActionCfg(scale=0.5, relative=True),
        actor={
            "base_ang_vel": ObservationTerm(observations.base_ang_vel, "pseudovector"),
            "projected_gravity": ObservationTerm(observations.projected_gravity, "vector"),
            "joint_pos": ObservationTerm(observations.joint_pos, "joints"),
            "joint_vel": ObservationTerm(observations.joint_vel, "joints"),
            "last_action": ObservationTerm(observations.last_action, "joints"),
        },
        critic={
            "base_ang_vel": ObservationTerm(observations.true_base_ang_vel, "pseudovector"),
            "projected_gravity": ObservationTerm(observations.true_projected_gravity, "vector"),
            "joint_pos": ObservationTerm(observations.true_joint_pos, "joints"),
            "joint_vel": ObservationTerm(observations.true_joint_vel, "joints"),
            "last_action": ObservationTerm(observations.last_action, "joints"),
            "base_lin_vel": ObservationTerm(observations.base_lin_vel, "vector"),
            "base_height": ObservationTerm(observations.base_height, "scalar"),
            "feet_contact": ObservationTerm(observations.feet_contact, "feet"),
        },
        rewards={
            "uprightness": RewardTerm(rewards.uprightness, 1.0),
            "raised": RewardTerm(rewards.raised, 2.0),
            "standing_still": RewardTerm(rewards.standing_still, 2.0, {"sigma": 0.3}),
            "joint_limits": RewardTerm(rewards.joint_limits, -0.2),
            "joint_speed": RewardTerm(rewards.joint_speed, -1e-4),
            "joint_torque": RewardTerm(rewards.joint_torque, -2e-5),
            "action_rate": RewardTerm(rewards.action_rate, -0.002),
        },
        terminations={"time_out": TerminationTerm(terminations.time_out, time_out=True)},
        events={
            "friction": EventTerm(randomization.friction, "startup", params={"sliding": (0.5, 1.2)}),
            "payload": EventTerm(randomization.base_mass, "startup", params={"added": (-0.5, 1.0)}),
            "reset": EventTerm(events.reset_fallen, "reset", params={"height": drop_height}),
        },
        episode_s=6.0,
        agent=PPOCfg(entropy_coef=0.008, init_std=1.0),
        scorer="recover",
    )


def droid() -> EnvCfg:
    """The droid gets up by its legs alone; the neck holds its keyframe."""
    cfg = recover("Gaitway/DroidRecover-v0", ASSETS / "robots/droid.usda", drop_height=0.45)
    cfg.actions.joints = LEGS
    return cfg


def quadruped() -> EnvCfg:
    """The quadruped rolls onto its feet."""
    cfg = recover("Gaitway/QuadrupedRecover-v0", ASSETS / "robots/quadruped.usda", drop_height=0.4)
    cfg.commands = VelocityCommandCfg(standing=1.0, gait=GaitCfg(offsets=(0.0,) * 4))
    return cfg
