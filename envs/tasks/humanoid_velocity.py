"""The humanoid's velocity tasks."""

from __future__ import annotations

from ...assets import ASSETS
from ..agent import PPOCfg
from ..commands.velocity import GaitCfg, VelocityCommandCfg
from ..config import EnvCfg, RewardTerm, TerminationTerm
from ..terms import rewards, terminations
from .velocity import roughen, velocity_flat

LEGS_AND_WAIST = "(left|right)_(hip|knee|ankle).*|waist_.*"
"""The joints that walk; the arms hold their keyframe. `actions.joints=.*` gives the policy all 29."""


def flat() -> EnvCfg:
    """Walk on flat ground with quiet arms: 1.3 steps a second and foot, 8 cm swings.

    A body of 33 kg: weights that sum over joints and torques are smaller than a droid's. Should the policy
    drive the arms, too, they are paid to stay where they are.
    """
    cfg = velocity_flat("Gaitway/HumanoidVelocityFlat-v0", ASSETS / "robots/humanoid.usda")
    cfg.commands = VelocityCommandCfg(
        lin_vel_x=(-0.5, 1.0),
        lin_vel_y=(-0.3, 0.3),
        ang_vel_z=(-0.7, 0.7),
        gait=GaitCfg(frequency=1.3, swing=0.42, swing_height=0.08),
    )
    cfg.actions.joints, cfg.actions.scale = LEGS_AND_WAIST, "effort"
    cfg.rewards |= {
        "arms": RewardTerm(rewards.joint_deviation, -0.4, {"pattern": "shoulder|elbow|wrist"}),
        "swing_reference": RewardTerm(rewards.swing_reference, 1.5, {"bend": 0.3, "sigma": 0.4}),
        "waist": RewardTerm(rewards.joint_deviation, -0.6, {"pattern": "waist"}),
    }
    # Standing still is comfortable on two long feet, and leads nowhere: it must not last.
    cfg.terminations["no_step"] = TerminationTerm(terminations.no_step, params={"limit": 1.5})
    cfg.rewards["track_lin_vel"].params["sigma"] = 0.4
    cfg.rewards["contact_schedule"].weight = 2.0
    cfg.rewards["swing_height"] = RewardTerm(rewards.swing_height, 1.5, {"sigma": 0.03})
    cfg.rewards["standing_pose"].weight = -0.1
    cfg.rewards["joint_torque"].weight = -1e-5
    cfg.rewards["action_rate"].weight = -0.01
    cfg.rewards["action_acceleration"].weight = -0.005
    # With more actions, the same step in each changes the policy's distribution more.
    cfg.agent = PPOCfg(desired_kl=0.03, init_std=0.7)
    cfg.events["payload"].params = {"added": (-1.0, 3.0)}
    return cfg


def rough() -> EnvCfg:
    """Walk over 8 cm stairs, 15 degree slopes and bumps, blind."""
    cfg = flat()
    cfg.task = "Gaitway/HumanoidVelocityRough-v0"
    roughen(cfg, step=0.08, slope=0.26)
    return cfg
