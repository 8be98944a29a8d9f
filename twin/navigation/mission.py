"""One drive from A to B by the robot's own senses, judged by the simulator's truth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...perception.odometry.estimate import Estimate
from ...perception.poses import Array, inverse, transform
from ...perception.trajectory import Trajectory
from ..record.hall import Hall, build_hall
from ..record.rig import RecordCfg
from ..record.scenario import Scenario
from .disturbances import Disturbance
from .people import Person, Surprise
from .pilot import Pilot
from .robot import SensingRobot

PERIOD = 0.1
"""Of a tick, s."""
REACH = 0.3
"""m from the goal that count as arrived."""
_STILL = 1.5  # s at first, for the inertial unit to find gravity
_SURPRISE = 6.0  # s after which a worker steps out as soon as the robot is fast
_FAST = 0.6  # m/s
_HULL = np.array([0.4, 0.29])  # half of the AMR's, m
_BESIDE = 1.35  # m from an aisle's middle to where people walk
_PERSON = 0.2  # m; half of a worker's width


@dataclass(frozen=True)
class MissionCfg:
    """A drive.

    Attributes:
        seed: of the hall, the route, the workers and all noise.
        length: m of the known way from A to B, which the robot is not told.
        workers: people who walk in the aisles.
        step_out: one more steps out in front of the robot.
        disturbance: what goes wrong with the cameras on the way.
    """

    seed: int = 0
    length: float = 15.0
    workers: int = 2
    step_out: bool = True
    disturbance: Disturbance | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """How it went.

    Attributes:
        arrived: it stopped within `REACH` of the goal, by the truth, and thinks so too.
        collided: it touched something or somebody.
        distance: to the goal at the end, m.
        seconds: of the drive.
        truth, believed: where it was and thought it was, in the frame of its first pose.
        statuses: of odometry, a word for each tick.
        nearest_person: gap to the nearest person on the way, m.
        speeds: true speed at each tick, m/s.
    """

    arrived: bool
    collided: bool
    distance: float
    seconds: float
    truth: Trajectory
    believed: Trajectory
    statuses: list[str]
    nearest_person: float
    speeds: Array


def drive_mission(cfg: MissionCfg) -> Outcome:
    """Drive a mission; equal configurations give equal outcomes."""
    mission = _Mission(cfg)
    while not mission.over:
        mission.tick()
    return mission.record.outcome(mission.goal, mission.pilot.arrived)


class _Mission:
    """The simulator's side of a drive."""

    def __init__(self, cfg: MissionCfg) -> None:
        self._cfg = cfg
        self._hall = build_hall(Scenario(length=cfg.length, workers=cfg.workers + cfg.step_out), cfg.seed)
        self._surprise = Surprise()
        self._people: list[Person] = [_walker(self._hall, cfg.seed + k) for k in range(cfg.workers)]
        self._people += [self._surprise] if cfg.step_out else []
        self._hall.walks[:] = self._people
        self._longest = 30.0 + 4.0 * cfg.length
        self.robot = SensingRobot(self._hall, RecordCfg(seed=cfg.seed), self._longest)
        start = self.robot.true_pose
        goal = np.array([[*self._hall.route.at(self._hall.route.length)[0], start[2, 3]]])
        self.goal = transform(inverse(start), goal)[0, :2]
        cameras, noise = self.robot.calibration(), self.robot.noise
        self.pilot = Pilot(cameras, self.goal, PERIOD, floor=-start[2, 3], noise=noise)
        self.record = _Record(start)
        self._speeds = (0.0, 0.0)
        self._estimate: Estimate | None = None

    @property
    def over(self) -> bool:
        """It stands at what it thinks is the goal, has touched something, or its time is up."""
        stands = self.pilot.arrived and self._speeds[0] == 0.0
        return stands or self.record.collided or self.robot.time + PERIOD >= self._longest

    def tick(self) -> None:
        """Drive as was decided, sense, decide."""
        robot, cfg = self.robot, self._cfg
        robot.drive(*self._speeds, PERIOD)
        for person in self._people:
            person.walk(robot.time, np.array(robot.hull[:2]))
        self.pilot.feel(robot.imu(), robot.wheels())
        time, pictures = robot.look()
        if cfg.disturbance:
            pictures = cfg.disturbance(time, pictures)
        estimate = self.pilot.see(time, pictures["left"], pictures["right"]) if pictures else None
        self._speeds = self.pilot.decide(estimate) if robot.time > _STILL else (0.0, 0.0)
        self._estimate = estimate or self._estimate
        self.record.add(robot, self._estimate, _gap_to_people(robot, self._hall))
        surprise = self._surprise
        if cfg.step_out and not surprise.since and robot.time > _SURPRISE and self._speeds[0] > _FAST:
            side = 1.0 if np.random.default_rng(cfg.seed).random() < 0.5 else -1.0
            surprise.step_out(robot.time, np.array(robot.hull[:2]), robot.hull[2], side)


class _Record:
    """What is kept of a drive, in the frame of the first pose."""

    def __init__(self, start: Array) -> None:
        self._from_world = inverse(start)
        self._times: list[float] = []
        self._true: list[Array] = []
        self._estimates: list[Estimate] = []
        self._gaps: list[float] = []
        self.collided = False

    def add(self, robot: SensingRobot, estimate: Estimate | None, gap: float) -> None:
        """A tick with the newest estimate; those before the first are left out."""
        if estimate is None:
            return
        self._times.append(robot.time)
        self._true.append(self._from_world @ robot.true_pose)
        self._estimates.append(estimate)
        self._gaps.append(gap)
        self.collided |= robot.touches() or gap <= 0.0

    def outcome(self, goal: Array, thinks_so: bool) -> Outcome:
        """Judged by the truth."""
        true = np.array(self._true)
        distance = float(np.linalg.norm(true[-1, :2, 3] - goal))
        steps = np.linalg.norm(np.diff(true[:, :2, 3], axis=0), axis=1)
        estimates = self._estimates
        return Outcome(
            arrived=thinks_so and distance < REACH and not self.collided,
            collided=self.collided,
            distance=distance,
            seconds=self._times[-1],
            truth=Trajectory(np.array(self._times), true),
            believed=Trajectory(np.array(self._times), np.array([e.pose for e in estimates])),
            statuses=[e.status.value for e in estimates],
            nearest_person=min(self._gaps),
            speeds=np.append(0.0, steps / np.diff(self._times)),
        )


def _gap_to_people(robot: SensingRobot, hall: Hall) -> float:
    """From the AMR's hull to the nearest worker's, m in the plane; the trunk stands for the worker."""
    people = np.array([walk.pose(robot.time)[0][0, :2] for walk in hall.walks]).reshape(-1, 2)
    if not len(people):
        return math.inf
    x, y, yaw = robot.hull
    offset = people - (x, y)
    turned = offset @ np.array([[math.cos(yaw), -math.sin(yaw)], [math.sin(yaw), math.cos(yaw)]])
    outside = np.maximum(np.abs(turned) - _HULL, 0.0)
    return float(np.linalg.norm(outside, axis=1).min() - _PERSON)


def _walker(hall: Hall, seed: int) -> Person:
    """Somebody who walks along one side of an aisle."""
    rng = np.random.default_rng([seed, 7])
    aisle = hall.layout.aisle_x[rng.integers(len(hall.layout.aisle_x))]
    x = aisle + _BESIDE * (1 if rng.random() < 0.5 else -1)
    south, north = hall.layout.blocks[0][0] + 0.5, hall.layout.blocks[-1][1] - 0.5
    return Person(
        [(x, south), (x, north)], float(rng.uniform(0.7, 1.3)), float(rng.uniform(0.0, north - south))
    )
