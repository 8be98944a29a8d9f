"""Solves planning problems and says how well: how many, how fast, and what stood in the way of the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from ..collision.body import collision_body
from ..collision.distance_numba import explain
from ..collision.free_numba import is_free
from ..errors import PlanFailure, PlanningError
from ..kinematics.inverse import InverseKinematics
from ..limits import Limits
from ..planner.goals import JointGoal, PoseGoal
from ..planner.plan import Plan
from ..planner.planner import Planner
from ..robot.model import RobotModel
from .problem import Problem, in_order, problem_group

_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a problem.

    Attributes:
        problem: the problem.
        plan: the motion, if one was found.
        stage: where the planner ended, if it found none: 'start' and 'goal' are lost from the outset.
        reason: a sentence, if it found none.
        total: s from the call to its return, whatever it returned.
        processor: s of all the process's threads in that time, which other programs do not lengthen.
    """

    problem: Problem
    plan: Plan | None
    stage: str = ""
    reason: str = ""
    total: float = 0.0
    processor: float = 0.0

    @property
    def is_solved(self) -> bool:
        """Whether there is a verified trajectory."""
        return self.plan is not None

    @property
    def is_lost(self) -> bool:
        """Whether start or all goals are not free or out of limits, so that nobody could solve it."""
        return self.stage in ("start", "goal")


class Solver:
    """Solves problems for one robot; planners for groups of joints are made once."""

    def __init__(
        self, robot: RobotModel, limits: Limits | None = None, seed: int = 0, budget: float = 1.0
    ) -> None:
        """Take a robot.

        Args:
            robot: with spheres.
            limits: of the joints planned; those of the robot by default.
            seed: of the search for a path.
            budget: s that the search for a path may take.

        Raises:
            PlanningError: a seed below 0, or a budget that is not positive: no problem could be solved.
        """
        if seed < 0 or not (np.isfinite(budget) and budget > 0):
            raise PlanningError(
                f"the seed is {seed}, the budget {budget} s; the seed must be 0 or more, the budget positive."
            )
        self.robot, self.limits, self.seed, self.budget = robot, limits, seed, budget
        self._planners: dict[tuple[Any, ...], Planner] = {}

    def planner(self, problem: Problem) -> Planner:
        """For a problem's joints.

        Raises:
            PlanningError: the robot lacks them.
        """
        key = (problem.joints, problem.base, problem.tip, tuple(sorted(problem.held.items())))
        if key not in self._planners:
            group = problem_group(self.robot.tree, problem)
            rates = self.limits or group.limits.rates
            body = collision_body(self.robot, group)
            self._planners[key] = Planner(body, rates, InverseKinematics(group))
        return self._planners[key]

    def solve(self, problem: Problem) -> Outcome:
        """Plan once; bad input and motions that do not exist are outcomes, too.

        Raises:
            PlanningError: the robot lacks the problem's joints.
        """
        planner = self.planner(problem)
        lost = lost_from_the_outset(planner, problem)
        if lost:
            return Outcome(problem, None, *lost)
        start, goals = in_order(problem, planner.group)
        goal = JointGoal(goals) if len(goals) else PoseGoal(problem.poses[:, :3], problem.poses[:, 3:])
        plan, stage, reason = None, "", ""
        begin, processor = time.perf_counter(), time.process_time()
        try:
            plan = planner.plan(start, goal, problem.world, seed=self.seed, budget=self.budget)
        except PlanningError as error:
            stage, reason = error.stage if isinstance(error, PlanFailure) else "input", str(error)
        total, processor = time.perf_counter() - begin, time.process_time() - processor
        return Outcome(problem, plan, stage, reason, total, processor)


def lost_from_the_outset(planner: Planner, problem: Problem) -> tuple[str, str] | None:
    """('start' or 'goal', a sentence) if the start, or every configuration that is a goal, is not free."""
    start, goals = in_order(problem, planner.group)
    for stage, q in (("start", start[None]), ("goal", goals)):
        if not len(q):
            continue  # poses: whether they can be reached is for the planner to find
        why = [_why_not(planner, problem, row) for row in q]
        if all(why):
            return stage, f"The {stage} cannot be used: {why[0]}"
    return None


def _why_not(planner: Planner, problem: Problem, q: np.ndarray) -> str:
    """Why a configuration (n,) cannot be used; empty if it can."""
    limits = planner.group.limits
    over = np.maximum(limits.lower - q, q - limits.upper)
    joint = int(np.argmax(over))
    if over[joint] > 1e-6:
        return (
            f"joint {planner.group.joint_names[joint]} is at {q[joint]:.4f}, beyond its limits of "
            f"{limits.lower[joint]:.4f} and {limits.upper[joint]:.4f}."
        )
    if is_free(planner.body, problem.world, q)[0]:
        return ""
    return explain(planner.body, problem.world, q)[0]


def summarise(outcomes: Iterable[Outcome]) -> dict[str, dict[str, Any]]:
    """Figures of each scene, in order, and of 'all'."""
    groups = by_scene(outcomes, lambda outcome: outcome.problem.scene)
    return {scene: _figures(group) for scene, group in groups.items()}


def by_scene(things: Iterable[_T], scene: Callable[[_T], str]) -> dict[str, list[_T]]:
    """Things of each scene, in order, and of 'all' where there is more than one."""
    scenes: dict[str, list[_T]] = {}
    for thing in things:
        scenes.setdefault(scene(thing), []).append(thing)
    everything = [thing for group in scenes.values() for thing in group]
    return {**scenes, "all": everything} if len(scenes) > 1 else scenes


def _figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    solved = [outcome for outcome in outcomes if outcome.is_solved]
    plans = [outcome.plan for outcome in solved if outcome.plan is not None]
    valid = sum(not outcome.is_lost for outcome in outcomes)
    return {
        "problems": len(outcomes),
        "valid": valid,
        "solved": len(solved),
        "solved_of_valid": len(solved) / valid if valid else 0.0,
        "path_ms": spread([1e3 * plan.seconds.get("path", 0.0) for plan in plans]),
        "trajectory_ms": spread([1e3 * outcome.total for outcome in solved]),
        "trajectory_cpu_ms": spread([1e3 * outcome.processor for outcome in solved]),
        "motion_s": spread([plan.trajectory.duration for plan in plans]),
        "length_rad": spread([path_length(plan.path) for plan in plans]),
        "least_margin_mm": 1e3 * min(plan.margin for plan in plans) if plans else None,
    }


def path_length(waypoints: np.ndarray) -> float:
    """Length of a polyline (m, n) in joint space, rad."""
    return float(np.linalg.norm(np.diff(waypoints, axis=0), axis=1).sum())


def spread(values: Sequence[float]) -> dict[str, float]:
    """Mean, median, p95 and the greatest; nothing of nothing."""
    if not len(values):
        return {}
    return {
        "mean": float(np.mean(values)),
        "median": float(np.median(values)),
        "p95": float(np.percentile(values, 95)),
        "max": float(np.max(values)),
    }
