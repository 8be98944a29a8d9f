"""Goal navigation of an AMR through a block of a warehouse that is furnished anew for every episode."""

from __future__ import annotations

from ...assets import ASSETS
from ..agent import PPOCfg
from ..commands.goal import GoalCommandCfg
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
from ..sensors.cameras import CameraCfg
from ..sensors.lidar import LidarCfg
from ..terms import navigation, observations, rewards, terminations


def with_lidar() -> EnvCfg:
    """Drive to the goal by a safety scanner, wheel encoders, a gyroscope and the way that a map shows.

    The map knows racks and pillars; pallets and drums are for the lidar to see.
    """
    actor = _measured() | {"lidar": ObservationTerm(navigation.lidar, "scan", params={"cfg": LidarCfg()})}
    return EnvCfg(
        task="Gaitway/AmrNavigation-v0",
        robot=ASSETS / "robots/amr.usda",
        scene=ASSETS / "scenes/warehouse_block.usda",
        actor=actor,
        critic=actor
        | {
            "clearance": ObservationTerm(navigation.clearance, "scalar", params={"farthest": 2.0}),
            "base_lin_vel": ObservationTerm(observations.base_lin_vel, "vector"),
        },
        commands=GoalCommandCfg(),
        # 20 rad/s at wheels of 0.1 m radius are the platform's 2 m/s.
        actions=ActionCfg(scale=20.0, clip=1.0),
        noise=SensorNoiseCfg(gyro=0.02, joint_vel=0.2),
        rewards={
            "progress": RewardTerm(navigation.progress, 1.0),
            "arrival": RewardTerm(navigation.arrival, 10.0),
            "crash": RewardTerm(navigation.crash, -10.0),
            "nearness": RewardTerm(navigation.nearness, -1.0, {"margin": 0.25}),
            "reversing": RewardTerm(navigation.reversing, -0.5),
            "action_rate": RewardTerm(rewards.action_rate, -0.03),
            "action_acceleration": RewardTerm(rewards.action_acceleration, -0.01),
        },
        terminations={
            "time_out": TerminationTerm(terminations.time_out, time_out=True),
            "reached": TerminationTerm(navigation.reached),
            "collision": TerminationTerm(navigation.collision, params={"gap": 0.01}),
        },
        events={
            "layouts": EventTerm(navigation.redraw_layouts, "startup"),
            "reset": EventTerm(navigation.place_robot_and_furniture, "reset"),
        },
        # 10 Hz, as scanners have it. Driven wheels need more solver iterations than feet.
        sim=SimCfg(timestep=0.02, decimation=5, iterations=30),
        episode_s=30.0,
        agent=PPOCfg(num_steps_per_env=32, init_std=0.5),
        scorer="goal",
    )


def with_depth() -> EnvCfg:
    """The same by depth pictures of the left camera at 5 Hz in place of the lidar: 90 degrees ahead."""
    cfg = with_lidar()
    cfg.task = "Gaitway/AmrNavigationDepth-v0"
    del cfg.actor["lidar"]
    parts = {"cfg": CameraCfg(width=32, height=24, every=2), "rows": 3, "columns": 16}
    cfg.actor["depth"] = ObservationTerm(navigation.depth, "scan", params=parts)
    return cfg


def _measured() -> dict[str, ObservationTerm]:
    return {
        "goal": ObservationTerm(navigation.goal, "vector", params={"farthest": 10.0}),
        "waypoint": ObservationTerm(navigation.waypoint, "vector"),
        "wheel_speed": ObservationTerm(observations.joint_vel, "joints", scale=0.05),
        "base_ang_vel": ObservationTerm(observations.base_ang_vel, "pseudovector"),
        "last_action": ObservationTerm(observations.last_action, "joints"),
    }
