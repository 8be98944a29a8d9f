"""Picking from a bin: an arm takes a carton out of a bin and puts it down at a place in a tote."""

from __future__ import annotations

from dataclasses import replace

from ...assets import ASSETS
from ..commands.target import TargetCommandCfg
from ..config import ActionCfg, EnvCfg, EventTerm, ObservationTerm, RewardTerm, TerminationTerm
from ..terms import manipulation, observations, rewards, terminations
from .arm_reach import ENCODERS, JOINTS, STEP

CARTON = {"body": "carton"}
TOTE = {"low": (-0.28, -0.82, 0.0), "high": (0.28, -0.42, 0.21)}
"""Corners of the tote's inside, m."""
_LIES = 0.04  # m, height of the carton's middle in the bin and in the tote
_RIM = 0.24  # m, height of its middle at which it passes over a rim


def place() -> EnvCfg:
    """Take the carton out of the bin and put it down in the tote, within 3 cm of a place on its bottom.

    The cell is that of `gaitway manipulate`. Actions are steps of joint targets from where the joints are;
    that of the gripper presses with -1 and opens with +1. Rewards come one after the other: near the
    carton, off the bottom, over the rim, towards the tote, in it, at the place.
    """
    return EnvCfg(
        task="Gaitway/PickPlace-v0",
        robot=ASSETS / "robots/picker.usda",
        scene=ASSETS / "scenes/pick_place.usda",
        keyframe="home",
        actor=_observations(),
        critic=_observations()
        | {
            "tool_velocity": ObservationTerm(manipulation.tool_velocity),
            "object_velocity": ObservationTerm(manipulation.object_velocity, params=CARTON),
        },
        commands=TargetCommandCfg(
            radius=(0.58, 0.66), azimuth=(-1.72, -1.42), height=(_LIES, _LIES), hold_s=10.0
        ),
        actions=ActionCfg(
            joints=f"{JOINTS}|finger_left",
            scale={JOINTS: STEP, "finger_left": 0.01},
            clip=2.0,
            relative=True,
        ),
        noise=replace(ENCODERS),
        rewards={
            "near": RewardTerm(manipulation.tool_at_object, 1.0, CARTON | {"sigma": 0.3}),
            "reach": RewardTerm(manipulation.tool_at_object, 1.0, CARTON | {"sigma": 0.05}),
            "lift": RewardTerm(manipulation.object_lifted, 3.0, CARTON | {"height": _LIES + 0.01}),
            "over_rim": RewardTerm(manipulation.object_lifted, 2.0, CARTON | {"height": _RIM - 0.1}),
            "carry": RewardTerm(
                manipulation.object_at_target, 6.0, CARTON | {"sigma": 0.5, "above": _LIES + 0.03}
            ),
            "in_tote": RewardTerm(manipulation.object_in_box, 8.0, CARTON | TOTE),
            "place": RewardTerm(manipulation.object_at_target, 8.0, CARTON | {"sigma": 0.05}),
            "joint_speed": RewardTerm(manipulation.joint_speed, -0.01),
            "joint_limits": RewardTerm(rewards.joint_limits, -1.0),
            "action_rate": RewardTerm(rewards.action_rate, -0.005),
        },
        terminations={
            "time_out": TerminationTerm(terminations.time_out, time_out=True),
            "lost": TerminationTerm(manipulation.object_far, params=CARTON | {"reach": 0.95}),
        },
        events={
            "reset": EventTerm(
                manipulation.reset_arm_and_object,
                "reset",
                params=CARTON | {"x": (0.42, 0.62), "y": (-0.17, 0.17)},
            )
        },
        episode_s=10.0,
        scorer="reach",
    )


def _observations() -> dict[str, ObservationTerm]:
    """Joints, the tool by their kinematics, the place, and the carton's pose as perception would give it."""
    return {
        "joint_pos": ObservationTerm(observations.joint_pos),
        "joint_vel": ObservationTerm(observations.joint_vel),
        "last_action": ObservationTerm(observations.last_action),
        "tool_position": ObservationTerm(manipulation.tool_position),
        "object_position": ObservationTerm(manipulation.object_position, params=CARTON),
        "object_quaternion": ObservationTerm(manipulation.object_quaternion, params=CARTON),
        "tool_to_object": ObservationTerm(manipulation.tool_to_object, params=CARTON),
        "target": ObservationTerm(manipulation.target),
        "object_to_target": ObservationTerm(manipulation.object_to_target, params=CARTON),
    }
