"""Picking from a bin: an arm takes a carton out of a bin and puts it down at a place in a tote."""

from __future__ import annotations

from dataclasses import replace

from ...assets import ASSETS
from ..commands.target import TargetCommandCfg
from ..config import EnvCfg, EventTerm, ObservationTerm, RewardTerm, TerminationTerm
from ..terms import manipulation, terminations
from .arm_object import gripper_actions, motion_costs, object_observations, velocities
from .arm_reach import ENCODERS

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
        critic=_observations() | velocities(CARTON),
        commands=TargetCommandCfg(
            radius=(0.58, 0.66), azimuth=(-1.72, -1.42), height=(_LIES, _LIES), hold_s=10.0
        ),
        actions=gripper_actions(),
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
            **motion_costs(),
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
    """With the tool by the joints' kinematics, and the carton's turn as perception would give it."""
    return object_observations(CARTON) | {
        "tool_position": ObservationTerm(manipulation.tool_position),
        "object_quaternion": ObservationTerm(manipulation.object_quaternion, params=CARTON),
    }
