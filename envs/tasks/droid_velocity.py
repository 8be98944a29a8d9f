"""The droid's velocity task."""

from __future__ import annotations

from ...assets import ASSETS
from ..config import EnvCfg, GaitCfg
from .velocity import velocity_flat


def flat() -> EnvCfg:
    """Walk on flat ground: a 1.4 Hz clock with 5 cm swings suits legs of 0.3 m."""
    cfg = velocity_flat("Gaitway/DroidVelocityFlat-v0", ASSETS / "robots/droid.usda")
    cfg.commands.gait = GaitCfg(frequency=1.4, swing_height=0.05)
    return cfg
