"""Picking up a pallet with a forklift: drive the tines into its openings and lift it off the floor."""

from __future__ import annotations

from ...assets import ASSETS
from ..agent import PPOCfg
from ..commands.dock import DockCommandCfg
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
from ..terms import forklift, observations, rewards, terminations


def dock() -> EnvCfg:
    """From 3 to 6 m before the pallet, beside its axis and askew, to 15 cm above the floor."""
    actor = {
        "pallet": ObservationTerm(forklift.pallet_pose),
        "steer_and_lift": ObservationTerm(forklift.joint_positions, params={"joints": "steer|lift"}),
        "drive_speed": ObservationTerm(
            forklift.joint_velocities, scale=0.16, params={"joints": "drive_wheel"}
        ),
        "base_ang_vel": ObservationTerm(observations.base_ang_vel),
        "last_action": ObservationTerm(observations.last_action),
    }
    return EnvCfg(
        task="Gaitway/ForkliftPallet-v0",
        robot=ASSETS / "robots/forklift.usda",
        scene=ASSETS / "scenes/pallet.usda",
        actor=actor,
        critic=actor
        | {
            "docking": ObservationTerm(forklift.docking),
            "base_lin_vel": ObservationTerm(observations.base_lin_vel),
        },
        commands=DockCommandCfg(),
        # 6.25 rad/s at a wheel of 0.16 m radius are 1 m/s, half of what the truck can; it lifts at 0.2 m/s.
        actions=ActionCfg(
            scale={"steer": 1.0, "drive_wheel": 6.25, "lift": 0.25}, clip=1.0, rate={"lift": 0.2}
        ),
        noise=SensorNoiseCfg(gyro=0.02, joint_pos=0.002, joint_vel=0.05),
        rewards={
            "approach": RewardTerm(forklift.approach, 1.0),
            "insertion": RewardTerm(forklift.insertion, 4.0),
            "lifting": RewardTerm(forklift.lifting, 20.0),
            "success": RewardTerm(forklift.success, 5.0),
            "failed": RewardTerm(forklift.failed, -5.0),
            "off_axis": RewardTerm(forklift.off_axis, -0.3),
            "heading_error": RewardTerm(forklift.heading_error, -0.3),
            "action_rate": RewardTerm(rewards.action_rate, -0.1),
        },
        terminations={
            "time_out": TerminationTerm(terminations.time_out, time_out=True),
            "reached": TerminationTerm(forklift.picked_up),
            "collision": TerminationTerm(forklift.pallet_pushed, params={"distance": 0.15, "tilt": 0.1}),
            "too_far": TerminationTerm(forklift.too_far, params={"distance": 9.0}),
        },
        events={
            "reset": EventTerm(
                forklift.reset_before_pallet,
                "reset",
                params={"distance": (3.0, 6.0), "lateral": 0.5, "turn": 0.3},
            ),
        },
        sim=SimCfg(timestep=0.01, decimation=10, iterations=30),
        episode_s=30.0,
        agent=PPOCfg(symmetry=False, num_steps_per_env=32),
        scorer="goal",
    )
