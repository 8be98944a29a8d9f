"""The droid's velocity tasks."""

from __future__ import annotations

from ...assets import ASSETS
from ..commands.velocity import GaitCfg, VelocityCommandCfg
from ..config import EnvCfg
from .velocity import roughen, velocity_flat

LEGS = ".*_(hip_yaw|hip_roll|hip_pitch|knee|ankle)"
"""The joints that walk; the neck holds its keyframe."""


def flat() -> EnvCfg:
    """Walk on flat ground: a 1.4 Hz clock with 5 cm swings suits legs of 0.3 m."""
    cfg = velocity_flat("Gaitway/DroidVelocityFlat-v0", ASSETS / "robots/droid.usda")
    cfg.commands = VelocityCommandCfg(gait=GaitCfg(frequency=1.4, swing_height=0.05))
    cfg.actions.joints = LEGS
    return cfg


def rough() -> EnvCfg:
    """Walk over 5 cm stairs, 15 degree slopes and bumps, blind; higher swings clear the steps."""
    cfg = flat()
    cfg.task = "Gaitway/DroidVelocityRough-v0"
    roughen(cfg, step=0.05, slope=0.26)
    cfg.commands = VelocityCommandCfg(gait=GaitCfg(frequency=1.4, swing_height=0.08))
    cfg.rewards["swing_height"].params["sigma"] = 0.03
    return cfg
