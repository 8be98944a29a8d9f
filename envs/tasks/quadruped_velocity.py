"""The quadruped's velocity tasks."""

from __future__ import annotations

from ...assets import ASSETS
from ..commands.velocity import GaitCfg, VelocityCommandCfg
from ..config import EnvCfg
from .velocity import roughen, velocity_flat


def flat() -> EnvCfg:
    """Trot on flat ground: diagonal feet together, 2 Hz, 6 cm swings. Spherical feet may tilt."""
    cfg = velocity_flat("Gaitway/QuadrupedVelocityFlat-v0", ASSETS / "robots/quadruped.usda")
    trot = GaitCfg(frequency=2.0, swing=0.45, swing_height=0.06, offsets=(0.0, 0.5, 0.5, 0.0))
    cfg.commands = VelocityCommandCfg(
        lin_vel_x=(-0.6, 1.0), lin_vel_y=(-0.4, 0.4), ang_vel_z=(-1.0, 1.0), gait=trot
    )
    cfg.actions.scale = 0.3
    del cfg.rewards["feet_tilt"], cfg.rewards["hip_yaw"]
    cfg.rewards["swing_height"].weight = 0.4
    cfg.rewards["short_swing"].params["least"] = 0.14
    cfg.rewards["joint_torque"].weight = -5e-5
    return cfg


def rough() -> EnvCfg:
    """Trot over 10 cm stairs, 20 degree slopes and bumps, blind."""
    cfg = flat()
    cfg.task = "Gaitway/QuadrupedVelocityRough-v0"
    roughen(cfg, step=0.10, slope=0.35)
    cfg.commands.gait.swing_height = 0.09
    cfg.rewards["swing_height"].params["sigma"] = 0.03
    return cfg
