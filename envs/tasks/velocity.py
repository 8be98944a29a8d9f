"""Velocity following: the factory of every legged robot's task, and what turns flat ground into rough."""

from __future__ import annotations

from pathlib import Path

from ...assets import ASSETS
from ..commands.velocity import VelocityCommandCfg
from ..config import CurriculumTerm, EnvCfg, EventTerm, ObservationTerm, RewardTerm, TerminationTerm
from ..terms import curricula, events, observations, randomization, rewards, terminations
from ..terrain.config import PatchCfg, TerrainCfg


def velocity_flat(task: str, robot: Path) -> EnvCfg:
    """Walk at a commanded velocity over a plane, timed by a gait clock.

    Weights are rewards per second. Robots change single entries of what this returns.
    """
    return EnvCfg(
        task=task,
        robot=robot,
        scene=ASSETS / "scenes/flat.usda",
        actor=_actor_observations(),
        critic=_critic_observations(),
        commands=VelocityCommandCfg(),
        rewards=_rewards(),
        terminations={
            "time_out": TerminationTerm(terminations.time_out, time_out=True),
            "tilt": TerminationTerm(terminations.tilt, params={"limit": 0.9}),
        },
        events={
            "friction": EventTerm(randomization.friction, "startup", params={"sliding": (0.5, 1.2)}),
            "payload": EventTerm(randomization.base_mass, "startup", params={"added": (-0.5, 1.0)}),
            "reset": EventTerm(events.reset_robot, "reset"),
            "push": EventTerm(
                events.push_robot, "interval", interval_s=(4.0, 8.0), params={"lin_vel": 0.3, "ang_vel": 0.3}
            ),
        },
    )


def roughen(cfg: EnvCfg, step: float, slope: float) -> None:
    """Put a flat task on stairs, slopes and bumps, harder as the robot gets better, and push it harder.

    `step` is the height of the highest stairs in m, `slope` the angle of the steepest slope in rad. The
    actor stays blind: it feels the ground by its joints and IMU. The critic sees the heights around the base.
    """
    cfg.terrain = TerrainCfg(
        kinds={
            "flat": PatchCfg(1, 0.0, 0.0),
            "stairs_down": PatchCfg(2, 0.2 * step, step),
            "stairs_up": PatchCfg(2, 0.2 * step, step),
            "ridge": PatchCfg(1, 0.2 * slope, slope),
            "valley": PatchCfg(1, 0.2 * slope, slope),
            "bumps": PatchCfg(1, 0.2 * step, 0.8 * step),
        }
    )
    cfg.critic["height_scan"] = ObservationTerm(
        observations.height_scan, "grid", params={"length": 0.8, "width": 0.4, "spacing": 0.1}
    )
    cfg.terminations["off_patch"] = TerminationTerm(terminations.off_patch, time_out=True)
    cfg.curricula["terrain_level"] = CurriculumTerm(curricula.terrain_level)
    cfg.rewards["base_height"].weight /= 4
    cfg.events["push"].params = {"lin_vel": 0.5, "ang_vel": 0.5}


def _actor_observations() -> dict[str, ObservationTerm]:
    """What a robot measures. Base linear velocity is absent: no sensor gives it."""
    return {
        "base_ang_vel": ObservationTerm(observations.base_ang_vel, "pseudovector"),
        "projected_gravity": ObservationTerm(observations.projected_gravity, "vector"),
        "joint_pos": ObservationTerm(observations.joint_pos, "joints"),
        "joint_vel": ObservationTerm(observations.joint_vel, "joints"),
        "last_action": ObservationTerm(observations.last_action, "joints"),
        "velocity_command": ObservationTerm(observations.velocity_command, "command"),
        "gait_phase": ObservationTerm(observations.gait_phase, "phase"),
    }


def _critic_observations() -> dict[str, ObservationTerm]:
    """The actor's terms as the simulator knows them, without noise, and what no sensor gives."""
    return {
        "base_ang_vel": ObservationTerm(observations.true_base_ang_vel, "pseudovector"),
        "projected_gravity": ObservationTerm(observations.true_projected_gravity, "vector"),
        "joint_pos": ObservationTerm(observations.true_joint_pos, "joints"),
        "joint_vel": ObservationTerm(observations.true_joint_vel, "joints"),
        "last_action": ObservationTerm(observations.last_action, "joints"),
        "velocity_command": ObservationTerm(observations.velocity_command, "command"),
        "gait_phase": ObservationTerm(observations.gait_phase, "phase"),
        "base_lin_vel": ObservationTerm(observations.base_lin_vel, "vector"),
        "base_height": ObservationTerm(observations.base_height, "scalar"),
        "feet_height": ObservationTerm(observations.feet_height, "feet"),
        "feet_contact": ObservationTerm(observations.feet_contact, "feet"),
        "feet_velocity": ObservationTerm(observations.feet_velocity, "feet_vector"),
    }


def _rewards() -> dict[str, RewardTerm]:
    return {
        "track_lin_vel": RewardTerm(rewards.track_lin_vel, 2.0, {"sigma": 0.25}),
        "track_yaw_rate": RewardTerm(rewards.track_yaw_rate, 1.5, {"sigma": 0.5}),
        "upright": RewardTerm(rewards.upright, 1.0, {"sigma": 0.15}),
        "base_height": RewardTerm(rewards.base_height_error, -20.0),
        "contact_schedule": RewardTerm(rewards.contact_schedule, 1.0),
        "short_swing": RewardTerm(rewards.short_swing, -0.06, {"least": 0.2}),
        "swing_height": RewardTerm(rewards.swing_height, 0.8, {"sigma": 0.02}),
        "feet_tilt": RewardTerm(rewards.feet_tilt, -0.8),
        "feet_slip": RewardTerm(rewards.feet_slip, -0.4),
        "vertical_velocity": RewardTerm(rewards.vertical_velocity, -1.0),
        "roll_pitch_rate": RewardTerm(rewards.roll_pitch_rate, -0.05),
        "hip_yaw": RewardTerm(rewards.joint_deviation, -0.6, {"pattern": "hip_yaw"}),
        "hip_roll": RewardTerm(rewards.joint_deviation, -0.6, {"pattern": "hip_roll"}),
        "standing_pose": RewardTerm(rewards.pose_when_standing, -0.2),
        "joint_limits": RewardTerm(rewards.joint_limits, -1.0),
        "action_rate": RewardTerm(rewards.action_rate, -0.02),
        "action_acceleration": RewardTerm(rewards.action_acceleration, -0.01),
        "joint_torque": RewardTerm(rewards.joint_torque, -1e-4),
        "failure": RewardTerm(rewards.failure, -1.0),
    }
