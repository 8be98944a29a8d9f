"""One call of `Planner.plan`: the stages from a goal to what has passed the gate."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from ..collision.body import CollisionBody
from ..collision.world import World
from ..errors import NoPathError, PlanFailure, PoseError
from ..kinematics import inputs
from ..kinematics.forward_numba import tip_poses
from ..kinematics.inverse import InverseKinematics
from ..limits import Limits
from ..optimise.band import pull
from ..optimise.shorten import shorten, surroundings
from ..path.ends import explain_blocked, usable
from ..path.find import GeometricPath, find_path
from ..trajectory.retime import retime
from ..trajectory.trajectory import Trajectory
from . import gate
from .goals import GraspGoals, JointGoal, PoseGoal
from .grasps import grasp_ways, without
from .level import Leveller
from .level_path import LevelSearch
from .line import Line, follow
from .plan import Plan
from .reach import poses_of, solve_free
from .timing import time_path

GOALS = 6
"""Configurations of a pose that are handed to the search for a path, the nearest first."""
PATHS, CHECKS = 4, 80000
"""Paths that are searched for, and configurations that may be looked at for another one."""
_STRIDE = 1000003
"""From the seed of one search to that of the next."""
_SAME = 1e-6
"""rad or m of any joint within which two configurations are one."""
_BAND_TOLERANCES = (0.3,)
_LINE_TOLERANCES = (0.01, 0.003, 0.001, 0.0)
_STILL = 1e-3
"""s that a motion takes which has nowhere to go."""


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of a plan from rest to rest.

    Attributes:
        trajectory: of the piece.
        world: what it keeps clear of.
        line: its tip's, if that is straight.
        before: what it was before shortcuts, if there were any.
    """

    trajectory: Trajectory
    world: World
    line: Line | None = None
    before: Trajectory | None = None


@dataclass(frozen=True, eq=False)
class Task:
    """What a plan is asked for, and the seconds that its stages took."""

    body: CollisionBody
    limits: Limits
    solver: InverseKinematics
    world: World
    start: np.ndarray
    seed: int
    budget: float
    leveller: Leveller | None
    seconds: dict[str, float] = field(default_factory=dict)

    def joints(self, goal: JointGoal) -> Plan:
        """A motion to any of some configurations."""
        path, chosen = self._path(inputs.configurations(self.body.group, goal.q))
        return self._plan(path, chosen, self._free(path))

    def pose(self, goal: PoseGoal) -> Plan:
        """A motion to any of some poses."""
        with self._stage("inverse kinematics"):
            poses = poses_of(self.body.group, goal)
            goals, pose = solve_free(
                self.solver, self.body, self.world, poses, self.start, goal.free_axis, self.leveller
            )
        path, chosen = self._path(goals[:GOALS])
        return self._plan(path, int(pose[chosen]), self._free(path))

    def straight(self, goal: PoseGoal) -> Plan:
        """A motion on which the tip goes straight to a pose."""
        with self._stage("line"):
            poses = poses_of(self.body.group, goal)
            if len(poses.position) != 1:
                raise PoseError(f"a straight way has one end; there are {len(poses.position)} poses.")
            line = Line(tip_poses(self.body.group, self.start)[0], poses.matrices()[0])
            path = follow(self.solver, self.start, line)
        return self._plan(path, 0, self._straight(path, line, self.world))

    def grasp(self, goal: GraspGoals) -> Plan:
        """A motion to any of some grasps, with straight ways in and out."""
        with self._stage("line"):
            loose = without(self.world, tuple(goal.touching))
            ways = grasp_ways(self.solver, self.body, self.world, loose, goal, self.start, self.leveller)
        path, chosen = self._path(np.array([way.approach[0] for way in ways]))
        way = ways[chosen]
        approach = self._straight(way.approach, way.approach_line, loose)
        retreat = self._straight(way.retreat, way.retreat_line, loose)
        return self._plan(path, way.grasp, self._free(path), approach, retreat)

    def _path(self, goals: np.ndarray) -> tuple[np.ndarray, int]:
        """Waypoints (m, n) to one of the goals, and which."""
        with self._stage("path"):
            if self.leveller is None:
                found = self._shortest(goals)
                return found.waypoints, found.goal
            self.leveller.require(self.start, "start")
            free = np.flatnonzero(usable(self.body, self.world, goals))
            if not len(free):
                raise explain_blocked(self.body, self.world, goals[0], "goal", "goal")
            level = free[self.leveller.tilt(goals[free]) <= self.leveller.angle]
            if not len(level):
                self.leveller.require(goals[free[0]], "goal")
            search = LevelSearch(self.body, self.world, self.leveller)
            waypoints, chosen = search.find(self.start, goals[level], self.seed, self.budget)
            return waypoints, int(level[chosen])

    def _shortest(self, goals: np.ndarray) -> GeometricPath:
        """Of a few paths, the one that takes the least time at full speed.

        How many there are depends on how much had to be looked at, not on a clock, so the answer is always
        the same.
        """
        best = find_path(self.body, self.world, self.start, goals, seed=self.seed, budget=self.budget)
        checks = best.checks
        for other in range(1, PATHS):
            if len(best.waypoints) == 2 or checks * (other + 1) / other > CHECKS:
                break
            try:
                found = find_path(
                    self.body,
                    self.world,
                    self.start,
                    goals,
                    seed=self.seed + _STRIDE * other,
                    budget=self.budget,
                )
            except NoPathError:  # another seed may be less lucky
                break
            checks += found.checks
            if self._quickest(found.waypoints) < self._quickest(best.waypoints):
                best = found
        return best

    def _quickest(self, path: np.ndarray) -> float:
        """s along waypoints with the slowest joint of each motion at full speed."""
        return float((np.abs(np.diff(path, axis=0)) / self.limits.velocity).max(axis=1).sum())

    def _free(self, path: np.ndarray) -> Part:
        """The motion along a path, without the time that shortcuts save."""
        if np.abs(path - path[0]).max() < _SAME:
            return Part(_stand(path[0]), self.world)
        motions = self._motions(path)
        with self._stage("shortcuts"):
            level = None if self.leveller is None else self.leveller.row()
            around = surroundings(self.body, self.world, self.limits, level)
            short = shorten(motions, around, seed=self.seed)
        best = min(range(len(short)), key=lambda i: short[i].duration)
        return Part(short[best], self.world, before=motions[best])

    def _motions(self, path: np.ndarray) -> list[Trajectory]:
        """Motions to make shortcuts in: along a path, and along an elastic band where that may be quicker."""
        if self.leveller is not None:
            with self._stage("timing"):
                check = self.leveller.check
                timed = time_path(self.body, self.world, path, self.limits, check=check)
                return [timed.trajectory]
        with self._stage("timing"):  # with stops: shortcuts round corners better than a tolerance does
            motions = [retime(path, self.limits, 0.0).trajectory]
        if len(path) > 2:
            with self._stage("band"):
                motions += self._bands(path)
        return motions

    def _bands(self, path: np.ndarray) -> list[Trajectory]:
        """The motion along the quicker of two bands, pulled from a path and from a straight line, if free."""
        bands = pull(self.body, self.world, [path, path[[0, -1]]], self.limits)
        for band in sorted(bands, key=self._quickest):
            if self._quickest(band) >= self._quickest(path):
                break
            try:
                timed = time_path(self.body, self.world, band, self.limits, _BAND_TOLERANCES)
            except PlanFailure:
                continue
            return [timed.trajectory]
        return []

    def _straight(self, path: np.ndarray, line: Line, world: World) -> Part:
        """The motion along a straight way of the tip."""
        if np.abs(path - path[0]).max() < _SAME:
            return Part(_stand(path[0]), world, line)
        with self._stage("timing"):
            stays = partial(line.check, self.body.group)
            timed = time_path(self.body, world, path, self.limits, _LINE_TOLERANCES, stays)
        return Part(timed.trajectory, world, line)

    def _passed(self, part: Part) -> Part:
        """A part that has passed the gate: this one or, if it does not, what it was before shortcuts.

        Raises:
            PlanFailure: neither does.
        """
        try:
            self._check(part)
        except PlanFailure:
            if part.before is None:
                raise
            part = Part(part.before, part.world, part.line)
            self._check(part)
        return part

    def _check(self, part: Part) -> None:
        """The gate.

        Raises:
            PlanFailure: the part passes a limit, is not free, leaves its line, or tilts.
        """
        gate.check(self.body, part.world, part.trajectory, self.limits)
        if part.line is not None:
            part.line.check(self.body.group, part.trajectory)
        if self.leveller is not None:
            self.leveller.check(part.trajectory)

    def _plan(
        self,
        path: np.ndarray,
        goal: int,
        motion: Part,
        approach: Part | None = None,
        retreat: Part | None = None,
    ) -> Plan:
        """Let all parts through the gate, and put them together."""
        with self._stage("gate"):
            parts = [self._passed(part) for part in (motion, approach, retreat) if part is not None]
            trajectory = parts[0].trajectory
            straight_from = trajectory.duration if motion.line is None else 0.0
            if approach is not None:
                trajectory = trajectory.splice(trajectory.duration, approach.trajectory)
                gate.check_limits(self.body, trajectory, self.limits)
            margin = min(gate.least_distance(self.body, part.world, part.trajectory) for part in parts)
        return Plan(
            trajectory,
            self.body.group.joint_names,
            path,
            goal,
            dict(self.seconds),
            margin,
            straight_from,
            None if retreat is None else retreat.trajectory,
        )

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        """Count the seconds of a stage."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin


def _stand(q: np.ndarray) -> Trajectory:
    """A motion that goes nowhere from (n,)."""
    return Trajectory([0.0, _STILL], q[None, None])
