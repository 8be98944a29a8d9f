"""Several AMRs in one block of a warehouse, each with its own goal; they see and can hit each other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import mujoco

from ...assets import ASSETS
from ..config import SimCfg
from ..layouts.pool import PoolCfg
from ..options import apply_options
from ..sensors.lidar import LidarCfg
from ..stage import RobotPlacement, load_stage

_ARENA_BYTES = 16 << 20


@dataclass
class FleetCfg:
    """`robots` AMRs that start and have their goals at least `apart` m from each other.

    Observations and actions are those of `Gaitway/AmrNavigation-v0`, so that its policy drives a fleet.
    """

    robots: int = 6
    apart: float = 1.5
    distance: tuple[float, float] = (3.0, 16.0)
    reach: float = 0.3
    lookahead: float = 1.5
    wheel_speed: float = 20.0
    arrival: float = 10.0
    collision: float = -10.0
    episode_s: float = 60.0
    robot: Path = ASSETS / "robots/amr.usda"
    scene: Path = ASSETS / "scenes/warehouse_block.usda"
    lidar: LidarCfg = field(default_factory=LidarCfg)
    layouts: int = 16
    sim: SimCfg = field(default_factory=lambda: SimCfg(timestep=0.02, decimation=5, iterations=30))

    def __post_init__(self) -> None:
        if not 1 <= self.robots <= 16:
            raise ValueError(f"A fleet of {self.robots} robots does not fit the block: give 1 to 16.")

    @property
    def prefixes(self) -> list[str]:
        """What goes before the names of each robot's parts."""
        return [f"amr_{i}_" for i in range(self.robots)]

    @property
    def pool(self) -> PoolCfg:
        """Layouts with more goals than robots, so that some can be left out for standing too close."""
        return PoolCfg(self.layouts, goals=3 * self.robots)

    def lidar_of(self, prefix: str) -> LidarCfg:
        """The lidar of one robot."""
        return replace(self.lidar, site=prefix + self.lidar.site)


def compile_fleet(cfg: FleetCfg, visuals: bool = False) -> mujoco.MjModel:
    """The block with all the robots, parked in a row outside of its walls.

    Raises:
        StageError: a USD file is missing or wrong; the sentence names file and prim.
    """
    robots = [RobotPlacement(cfg.robot, parking_place(i), prefix=p) for i, p in enumerate(cfg.prefixes)]
    stage = load_stage(cfg.scene, robots, visuals)
    stage.spec.memory = _ARENA_BYTES
    model = stage.compile()
    apply_options(model, cfg.sim)
    return model


def parking_place(robot: int) -> tuple[float, float, float]:
    """Where a robot is that does not take part, in m."""
    return (14.0, 1.5 * robot - 12.0, 0.0)
