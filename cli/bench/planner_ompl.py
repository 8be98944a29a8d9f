"""OMPL's RRT-Connect as a peer of our planner, in a process of its own: `python -m ... JOB.json`.

Validity of states and motions is told by our compiled checks, so that both planners see the same obstacles
and only the search differs. Its simplifier shortens what it finds.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from ompl import base, geometric, util  # pyright: ignore[reportMissingImports]

from ...planning.collision.body import CollisionBody, collision_body
from ...planning.collision.free_numba import is_free
from ...planning.collision.world import World
from ...planning.path.motion import motions_free
from ...planning.problems.problem import Problem, in_order, problem_group
from ...planning.problems.read import read_problems
from ...planning.robot.file import load_robot


def main(job: Path) -> None:
    """Solve a job's problems and write what was found beside it."""
    settings = json.loads(job.read_text())
    util.noOutputHandler()
    util.RNG.setSeed(settings["seed"] + 1)  # OMPL takes no 0
    robot = load_robot(job.with_name("robot.json"))
    problems = read_problems(job.with_name("problems.json"))
    group = problem_group(robot.tree, problems[0])
    body = collision_body(robot, group)
    _solve(body, problems[0], settings["budget"])  # loads what was compiled
    answers = {problem.name: _solve(body, problem, settings["budget"]) for problem in problems}
    job.with_name("answers.json").write_text(json.dumps(answers))


class _Motions(base.MotionValidator):
    """Whether straight motions are free, by our check."""

    def __init__(self, space: Any, body: CollisionBody, world: World) -> None:
        super().__init__(space)
        self._body, self._world = body, world

    def checkMotion(self, start: Any, end: Any) -> bool:  # OMPL's name
        n = self._body.group.dof
        ends = np.array([[state[i] for i in range(n)] for state in (start, end)])
        return bool(motions_free(self._body, self._world, ends[:1], ends[1:])[0])


def _solve(body: CollisionBody, problem: Problem, budget: float) -> dict[str, Any]:
    """The shortened path, and the ms that both search and shortening took."""
    start, goals = in_order(problem, body.group)
    begin, processor = time.perf_counter(), time.process_time()
    n = body.group.dof
    space, limits = base.RealVectorStateSpace(n), base.RealVectorBounds(n)
    for i, (low, high) in enumerate(zip(body.group.limits.lower, body.group.limits.upper, strict=True)):
        limits.setLow(i, float(low) if np.isfinite(low) else -np.pi)
        limits.setHigh(i, float(high) if np.isfinite(high) else np.pi)
    space.setBounds(limits)
    information = base.SpaceInformation(space)

    def is_valid(state: Any) -> bool:
        return bool(is_free(body, problem.world, np.array([state[i] for i in range(n)]))[0])

    information.setStateValidityChecker(is_valid)
    validator = _Motions(information, body, problem.world)
    information.setMotionValidator(validator)
    information.setup()
    definition = base.ProblemDefinition(information)
    definition.addStartState(_state(information, start))
    targets = base.GoalStates(information)
    for goal in goals:
        targets.addState(_state(information, goal))
    definition.setGoal(targets)
    planner = geometric.RRTConnect(information)
    planner.setProblemDefinition(definition)
    planner.setup()
    planner.solve(base.timedPlannerTerminationCondition(budget))
    if not definition.hasExactSolution():
        return {"solved": False}
    path: Any = definition.getSolutionPath()
    geometric.PathSimplifier(information).simplifyMax(path)
    total, processor = time.perf_counter() - begin, time.process_time() - processor
    return {
        "solved": True,
        "total_ms": 1e3 * total,
        "processor_ms": 1e3 * processor,
        "path": [[state[i] for i in range(n)] for state in path.getStates()],
    }


def _state(information: Any, q: np.ndarray) -> Any:
    state = information.allocState()
    for i, value in enumerate(q):
        state[i] = float(value)
    return state


if __name__ == "__main__":
    main(Path(sys.argv[1]))
