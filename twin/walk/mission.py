"""One walk along a route by the robot's own head camera, judged by the simulator's truth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...perception.odometry.estimate import Estimate
from ...perception.poses import Array, inverse, pose_of, rotation_exp, transform
from ...perception.trajectory import Trajectory
from ..navigation.disturbances import Disturbance
from ..record.hall import build_hall
from ..record.rig import RecordCfg
from ..record.route import Route
from ..record.scenario import Scenario
from ..record.senses import LAG, Senses
from ..record.walk import STAND
from .pilot import WalkPilot

LOOK_EVERY = 3
"""Ticks of the policy from picture to picture: 60 ms."""
_REST = 1.0  # s that it stands at the end


@dataclass(frozen=True, eq=False)
class Walk:
    """How it went; poses are in the level world of the first picture.

    Attributes:
        arrived: it thinks that it is at the end of its route.
        fell: its base came near to the floor.
        touched: it touched something but the floor.
        truth, believed: poses of the head at the times of the pictures that came.
        statuses: of odometry, a word for each picture.
        route: that it was told.
    """

    arrived: bool
    fell: bool
    touched: bool
    truth: Trajectory
    believed: Trajectory
    statuses: list[str]
    route: Route


def walk_mission(scenario: Scenario, cfg: RecordCfg, disturbance: Disturbance | None = None) -> Walk:
    """Walk the route of a scenario; equal arguments give equal walks.

    Args:
        scenario: robot, hall, route and speed; its rates are of recordings and do not count here.
        cfg: of the head's stereo pair, and the seed of hall, route and noise.
        disturbance: what goes wrong with the pair on the way.

    Raises:
        ValueError: the scenario's robot has no legs.
    """
    mission = _Mission(scenario, cfg, disturbance)
    while not mission.over:
        mission.tick()
    return mission.outcome()


class _Mission:
    """The simulator's side of a walk."""

    def __init__(self, scenario: Scenario, cfg: RecordCfg, disturbance: Disturbance | None) -> None:
        hall = build_hall(scenario, cfg.seed)
        if hall.legs is None:
            raise ValueError(f"The {scenario.robot} has no legs to walk on.")
        self._legs = hall.legs
        self._longest = 30.0 + 3.0 * scenario.length / scenario.speed
        self._senses = Senses(hall, cfg, hall.legs.state, self._longest, imu_every=1)
        for _ in range(LOOK_EVERY):
            self._step(STAND)
        self._from_world = inverse(_level(self._senses.true_pose_at(self._senses.time - LAG)))
        self._route = _moved(hall.route, self._from_world)
        senses = self._senses
        self.pilot = WalkPilot(senses.calibration(), self._route, scenario.speed, senses.noise)
        self._times: list[float] = []
        self._true: list[Array] = []
        self._estimates: list[Estimate] = []
        self._disturbance = disturbance
        self._touched, self._arrived_at = False, math.inf

    @property
    def over(self) -> bool:
        """It stands at what it thinks is the end, has fallen, or its time is up."""
        time = self._senses.time
        rested = time > self._arrived_at + _REST
        return rested or self._legs.fallen or time + 1.0 > self._longest

    def tick(self) -> None:
        """Sense, decide, and walk until the next picture."""
        senses, pilot = self._senses, self.pilot
        pilot.feel(senses.imu())
        time, pictures = senses.look()
        if self._disturbance:
            pictures = self._disturbance(time, pictures)
        estimate = pilot.see(time, pictures["left"], pictures["right"]) if pictures else None
        if estimate is not None:
            self._times.append(time)
            self._true.append(self._from_world @ senses.true_pose_at(time))
            self._estimates.append(estimate)
        command = pilot.decide(estimate)
        if pilot.arrived:
            self._arrived_at = min(self._arrived_at, senses.time)
        for _ in range(LOOK_EVERY):
            self._step(command)
            self._touched |= self._legs.touches

    def _step(self, command: Array) -> None:
        for qpos in self._legs.step(command):
            self._senses.move_to(qpos)

    def outcome(self) -> Walk:
        """What there is to judge."""
        times = np.array(self._times)
        believed = np.array([self.pilot.level_pose(estimate) for estimate in self._estimates])
        return Walk(
            arrived=self.pilot.arrived,
            fell=self._legs.fallen,
            touched=self._touched,
            truth=Trajectory(times, np.array(self._true)),
            believed=Trajectory(times, believed),
            statuses=[estimate.status.value for estimate in self._estimates],
            route=self._route,
        )


def _level(pose: Array) -> Array:
    """The upright frame (4, 4) at a pose that looks the same way."""
    yaw = math.atan2(pose[1, 0], pose[0, 0])
    return pose_of(pose[:3, 3], rotation_exp([0.0, 0.0, yaw]))


def _moved(route: Route, motion: Array) -> Route:
    """The route in another upright frame."""
    points = np.column_stack([route.points, np.zeros(len(route.points))])
    turn = math.atan2(motion[1, 0], motion[0, 0])
    return Route(transform(motion, points)[:, :2], route.distances, route.headings + turn)
