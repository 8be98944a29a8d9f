"""Lifting: an arm takes the cube from the table and holds it at a place above."""

from __future__ import annotations

from dataclasses import replace

from ...assets import ASSETS
from ..commands.target import TargetCommandCfg
from ..config import EnvCfg, EventTerm, RewardTerm, TerminationTerm
from ..terms import manipulation, terminations
from .arm_object import gripper_actions, motion_costs, object_observations, velocities
from .arm_reach import ENCODERS

CUBE = {"body": "cube"}
_LIES = 0.025  # m, height of its middle on the table


def lift() -> EnvCfg:
    """Grasp the cube and bring it to a point 10-40 cm above the table.

    Rewards come one after the other: near the cube, off the table, at the target. An action of the gripper
    of -1 presses by 40 N, +1 opens it.
    """
    return EnvCfg(
        task="Gaitway/ArmLift-v0",
        robot=ASSETS / "robots/arm.usda",
        scene=ASSETS / "scenes/table_cube.usda",
        keyframe="home",
        actor=object_observations(CUBE),
        critic=object_observations(CUBE) | velocities(CUBE),
        commands=TargetCommandCfg(radius=(0.4, 0.6), azimuth=(-0.5, 0.5), height=(0.1, 0.4), hold_s=5.0),
        actions=gripper_actions(),
        noise=replace(ENCODERS),
        rewards={
            "near": RewardTerm(manipulation.tool_at_object, 1.0, CUBE | {"sigma": 0.3}),
            "reach": RewardTerm(manipulation.tool_at_object, 1.0, CUBE | {"sigma": 0.05}),
            "lift": RewardTerm(manipulation.object_lifted, 5.0, CUBE | {"height": _LIES + 0.01}),
            "bring": RewardTerm(
                manipulation.object_at_target, 8.0, CUBE | {"sigma": 0.3, "above": _LIES + 0.03}
            ),
            "place": RewardTerm(
                manipulation.object_at_target, 4.0, CUBE | {"sigma": 0.05, "above": _LIES + 0.03}
            ),
            **motion_costs(),
        },
        terminations={
            "time_out": TerminationTerm(terminations.time_out, time_out=True),
            "fell": TerminationTerm(manipulation.object_fell, params=CUBE | {"height": -0.05}),
        },
        events={
            "reset": EventTerm(
                manipulation.reset_arm_and_object,
                "reset",
                params=CUBE | {"x": (0.42, 0.58), "y": (-0.2, 0.2)},
            )
        },
        episode_s=5.0,
        scorer="reach",
    )
