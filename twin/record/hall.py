"""The hall of a scenario: generated, compiled for physics and for cameras, with workers who walk in it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import mujoco
import numpy as np

from ...assets import ASSETS
from ...assets.warehouse.generate import generate_warehouse
from ...assets.warehouse.layout import Layout, WarehouseCfg, plan
from ...deploy_jetson.policy import Policy
from ...envs.simulated_robot import SimulatedRobot
from ...envs.stage import RobotPlacement, load_stage
from ...envs.worker import WorkerWalk, worker_rows
from .motion import Motion
from .robots import ROBOTS, RecordedRobot
from .route import Route, aisle_route
from .scenario import Scenario
from .walk import LeggedRobot, physics_of

_WORKER = ASSETS / "robots/worker.usda"
_ASIDE = 1.35  # m from an aisle's middle to where workers walk: past the AMR


class Walker(Protocol):
    """Somebody whose limbs are somewhere at each time."""

    def pose(self, time: float) -> tuple[np.ndarray, np.ndarray]:
        """Positions (11, 3) in m and quaternions (11, 4) of `LIMBS` at `time` s."""
        ...


@dataclass(frozen=True, eq=False)
class Hall:
    """A hall with a robot at the start of its route.

    Attributes:
        layout: of the hall.
        robot: which one.
        route: of the robot.
        legs: the robot, walked by its policy; None on wheels.
        physics: the model that is stepped: the robot and what it may touch.
        seen: the model that cameras see, workers included; the robot's joints are the same.
        walks: of the workers, in the order of their prefixes `worker0_`, ...
    """

    layout: Layout
    robot: RecordedRobot
    route: Route
    legs: LeggedRobot | None
    physics: mujoco.MjModel
    seen: mujoco.MjModel
    walks: list[Walker]


def build_hall(scenario: Scenario, seed: int) -> Hall:
    """Generate hall, route and workers of `seed`; equal arguments give equal halls.

    Raises:
        ValueError: the scenario's hall has no room for a route.
    """
    cfg = WarehouseCfg(area_m2=scenario.area_m2, cameras=0, seed=seed)
    layout = plan(cfg, np.random.default_rng(seed))
    rng = np.random.default_rng([seed, 1])
    route = aisle_route(layout, scenario.length, rng)
    walks: list[Walker] = [_walk(layout, rng) for _ in range(scenario.workers)]
    (x, y), heading = route.at(0.0)
    robot = ROBOTS[scenario.robot]
    placed = RobotPlacement(robot.file, (float(x), float(y), 0.0), heading)
    workers = [RobotPlacement(_WORKER, prefix=f"worker{k}_") for k in range(scenario.workers)]
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "warehouse.usda"
        generate_warehouse(scene, cfg)
        legs, physics = _physics(robot, scene, placed)
        seen = load_stage(scene, [placed, *workers]).compile()
    return Hall(layout, robot, route, legs, physics, seen, walks)


def _physics(
    robot: RecordedRobot, scene: Path, placed: RobotPlacement
) -> tuple[LeggedRobot | None, mujoco.MjModel]:
    """The robot, if it has legs, and the model that is stepped."""
    if robot.bundle is None:
        return None, load_stage(scene, [placed], visuals=False).compile()
    policy = Policy.load(robot.bundle)
    contract = policy.contract
    simulated = SimulatedRobot(
        robot.file, scene, physics_of(contract), placed.position, placed.yaw, list(contract.joints.names)
    )
    return LeggedRobot(simulated, policy), simulated.model


def _walk(layout: Layout, rng: np.random.Generator) -> WorkerWalk:
    """To and fro along one side of an aisle."""
    x = layout.aisle_x[rng.integers(len(layout.aisle_x))] + _ASIDE * (1 if rng.random() < 0.5 else -1)
    south, north = layout.blocks[0][0] + 0.5, layout.blocks[-1][1] - 0.5
    speed = float(rng.uniform(0.7, 1.3))
    return WorkerWalk([(x, south), (x, north)], speed, float(rng.uniform(0.0, 2 * (north - south))))


class Scenery:
    """The hall as cameras see it, at any time of a drive; one for each camera that works in a thread."""

    def __init__(self, hall: Hall, motion: Motion) -> None:
        self._hall, self._motion = hall, motion
        self._rows = [worker_rows(hall.seen, f"worker{k}_") for k in range(len(hall.walks))]
        self._data = mujoco.MjData(hall.seen)

    def __call__(self, time: float) -> mujoco.MjData:
        """Everything where it is at `time` s."""
        data = self._data
        data.qpos[:] = self._motion.at(time)
        for rows, walk in zip(self._rows, self._hall.walks, strict=True):
            data.mocap_pos[rows], data.mocap_quat[rows] = walk.pose(time)
        mujoco.mj_kinematics(self._hall.seen, data)
        mujoco.mj_camlight(self._hall.seen, data)
        return data
