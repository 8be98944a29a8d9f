"""The droid on stage: it walks while its head follows an artist's pose and its steps an artist's style."""

from __future__ import annotations

from ..commands.perform import PerformCommandCfg
from ..config import EnvCfg, ObservationTerm, RewardTerm
from ..terms import observations, rewards
from .droid_velocity import flat


def perform() -> EnvCfg:
    """Walk as in the flat task and hold the commanded head pose, step frequency and swing height.

    After Grandia et al., "Design and Control of a Bipedal Robotic Character" (RSS 2024): one policy drives
    legs and neck, and what a puppeteer asks for is a command.
    """
    cfg = flat()
    cfg.task = "Gaitway/DroidPerform-v0"
    cfg.actions.joints = ".*"
    cfg.commands = PerformCommandCfg(gait=cfg.commands.gait)
    for group in (cfg.actor, cfg.critic):
        group["head_command"] = ObservationTerm(observations.head_command, "head")
        group["gait_style"] = ObservationTerm(observations.gait_style, "scalar")
    cfg.rewards["track_head"] = RewardTerm(rewards.track_head, 1.5, {"sigma": 0.3})
    cfg.rewards["standing_pose"] = RewardTerm(rewards.pose_when_standing, -0.2, {"pattern": "hip|knee|ankle"})
    return cfg
