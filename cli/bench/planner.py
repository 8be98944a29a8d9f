"""`gaitway bench planner`: motions around obstacles, beside VAMP and OMPL, each looked at again by coal."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from ...planning.limits import Limits
    from ...planning.problems.problem import Problem
    from ...planning.problems.score import Outcome, Solver
    from ...planning.robot.model import RobotModel
    from ...planning.robot.shape import RobotDescription
    from .planner_recheck import Recheck

_PANDA = Path("resources") / "panda"


@dataclass(frozen=True, eq=False)
class _Given:
    """What is solved: problems, a robot with spheres, its limits, and shapes of it that are asked again."""

    name: str
    model: RobotModel
    limits: Limits | None
    problems: Sequence[Problem]
    shapes: Mapping[str, RobotDescription]


@dataclass
class Planner:
    """Solve the same problems with ours and with peers, one after the other, one thread each.

    Attributes:
        problems: as for `gaitway plan`; our own 500 by default.
        robot: JSON of `gaitway plan-robot`, URDF or USD; our arm, or VAMP's spheres of the Panda, by default.
        vamp_source: unpacked source of vamp-planner: MotionBenchMaker's problems of the Panda from there,
            with the limits that Franka states.
        peers: of vamp and ompl, separated by commas; vamp knows the Panda of `vamp_source` alone.
        vamp_python: interpreter that has vamp.
        every: solve one of so many problems.
        budget: s that the search for one path may take.
        seed: of the searches.
        json: file for the figures, with the facts of the machine.
    """

    problems: str = "own"
    robot: Path | None = None
    vamp_source: Path | None = None
    peers: str = ""
    vamp_python: Path | None = None
    every: int = 1
    budget: float = 1.0
    seed: int = 0
    json: Path | None = None

    def run(self) -> None:
        """Solve, look again, ask the peers, print and write."""
        from ...planning.problems.score import Solver, summarise
        from ..plan import failures, print_summary, solve_all
        from .planner_peers import ask_ourselves, ask_peer, check_peers, peer_figures

        if self.every < 1:
            raise ValueError(f"--every {self.every}: must be 1 or more.")
        if importlib.util.find_spec("coal") is None:
            raise ValueError(
                "coal, which looks at every motion again, is not installed; 'pip install coal' does it."
            )
        names = check_peers(self.peers, self.vamp_python)
        if "vamp" in names and self.vamp_source is None:
            raise ValueError("--peers vamp: VAMP knows the Panda alone; give --vamp-source, too.")
        machine = machine_facts()
        given = self._given()
        solver = Solver(given.model, given.limits, self.seed, self.budget)
        problems = given.problems[:: self.every]
        outcomes = solve_all(solver, problems)
        valid = [outcome.problem for outcome in outcomes if not outcome.is_lost]
        if not valid:
            raise ValueError(f"{given.name}: no problem is valid; the first: {outcomes[0].reason}")
        summary = summarise(outcomes)
        print_summary(f"gaitway on {given.name}, {on_machine(machine)}", summary)
        again = {"gaitway": _plans_again(solver, outcomes, given.shapes)}
        failed = failures([outcome for outcome in outcomes if not outcome.is_solved])
        answers = {"gaitway": ask_ourselves(solver, valid)}
        answers |= {name: ask_peer(name, solver, valid, self.vamp_python) for name in names}
        paths = {name: peer_figures(solver, valid, answer) for name, answer in answers.items()}
        again |= {name: _paths_again(solver, valid, answers[name], given.shapes) for name in names}
        _print_paths(paths)
        _print_again(again)
        settings = {"problems": given.name, "every": self.every, "budget_s": self.budget, "seed": self.seed}
        figures = {"trajectories": summary, "paths": paths, "checked_again": again, "failures": failed}
        write_json(self.json, {**settings, **figures}, machine)

    def _given(self) -> _Given:
        from ...assets import ASSETS
        from ...planning.problems.read import read_problems
        from ...planning.robot.model import fit_robot
        from ...planning.robot.read import read_robot
        from ..plan import load_model, load_problems
        from .retime_peers import PANDA

        if self.vamp_source is not None:
            folder = self.vamp_source / _PANDA
            problems = read_problems(folder / "problems.tar.bz2")
            shapes = {"meshes": read_robot(folder / "panda.urdf")}
            if self.robot is not None:
                return _Given("MotionBenchMaker", load_model(self.robot), PANDA, problems, shapes)
            shapes["spheres"] = read_robot(folder / "panda_spherized.urdf")
            return _Given("MotionBenchMaker", fit_robot(shapes["spheres"])[0], PANDA, problems, shapes)
        model = load_model(self.robot)
        file = self.robot or ASSETS / "robots" / "arm.usda"
        # A model's own file has spheres alone.
        shapes = _spheres(model) if file.suffix == ".json" else read_robot(file)
        return _Given(self.problems, model, None, load_problems(self.problems, model), {"its file": shapes})


def _spheres(model: RobotModel) -> RobotDescription:
    """A model's spheres as shapes."""
    import numpy as np

    from ...planning.robot.shape import RobotDescription, Shape

    shapes: list[list[Shape]] = [[] for _ in model.tree.link_names]
    for link, centre, radius in zip(model.sphere_link, model.sphere_centre, model.sphere_radius, strict=True):
        pose = np.eye(4)
        pose[:3, 3] = centre
        shapes[link].append(Shape("sphere", (float(radius),), pose))
    return RobotDescription(model.tree, tuple(map(tuple, shapes)))


def _plans_again(
    solver: Solver, outcomes: Sequence[Outcome], shapes: Mapping[str, RobotDescription]
) -> dict[str, Any]:
    """What coal and SciPy say of our trajectories."""
    from .planner_recheck import largest_part_of_limits

    plans = [(outcome.problem, outcome.plan) for outcome in outcomes if outcome.plan is not None]
    parts = [
        largest_part_of_limits(plan.trajectory, solver.planner(problem).limits) for problem, plan in plans
    ]
    checks = {
        name: _Checks(solver, description).hits(
            (problem, lambda check, p=problem, t=plan.trajectory: check.along(t, p.world))
            for problem, plan in plans
        )
        for name, description in shapes.items()
    }
    return {"motions": len(plans), "largest_part_of_a_limit": max(parts, default=0.0), "meet": checks}


def _paths_again(
    solver: Solver,
    problems: Sequence[Problem],
    answers: Mapping[str, dict[str, Any]],
    shapes: Mapping[str, RobotDescription],
) -> dict[str, Any]:
    """What coal says of a peer's paths, which have no timing."""
    import numpy as np

    solved = [problem for problem in problems if answers[problem.name]["solved"]]
    checks = {
        name: _Checks(solver, description).hits(
            (p, lambda check, p=p: check.along_path(np.array(answers[p.name]["path"]), p.world))
            for p in solved
        )
        for name, description in shapes.items()
    }
    return {"motions": len(solved), "meet": checks}


class _Checks:
    """Second opinions on one description of a robot, for each group of joints."""

    def __init__(self, solver: Solver, description: RobotDescription) -> None:
        self._solver, self._description = solver, description
        self._of: dict[int, Recheck] = {}

    def hits(self, asked: Iterable[tuple[Problem, Callable[[Recheck], str]]]) -> dict[str, str]:
        """What is met, by the problems' names; of those in which something is."""
        words = {problem.name: ask(self._recheck(problem)) for problem, ask in asked}
        return {name: word for name, word in words.items() if word}

    def _recheck(self, problem: Problem) -> Recheck:
        from .planner_recheck import Recheck

        group = self._solver.planner(problem).group
        if id(group) not in self._of:
            pairs = self._solver.robot.pairs
            self._of[id(group)] = Recheck(self._description, group, pairs, problem.held)
        return self._of[id(group)]


def _print_paths(paths: Mapping[str, Mapping[str, dict[str, Any]]]) -> None:
    rows = []
    for name, scenes in paths.items():
        row = list(scenes.values())[-1]  # of all scenes
        keys = [("path_ms", "median"), ("path_ms", "p95"), ("path_cpu_ms", "median"), ("path_cpu_ms", "p95")]
        keys += [("motion_s", "mean"), ("length_rad", "mean")]
        figures = [f"{row[what].get(key, float('nan')):.2f}" for what, key in keys]
        rows.append((name, f"{row['solved']}/{row['problems']}", *figures, str(row["refused_by_our_gate"])))
    columns = ("solved", "ms", "p95", "CPU, ms", "p95", "motion, s", "rad", "refused")
    print_table("Paths alone; motions by our timing, or refused by our gate", ("planner", *columns), rows)


def _print_again(again: Mapping[str, dict[str, Any]]) -> None:
    rows = [
        (f"{name}: {shapes}", str(found["motions"]), str(len(hits)), next(iter(hits.items()), ("", ""))[1])
        for name, found in again.items()
        for shapes, hits in found["meet"].items()
    ]
    print_table(
        "Looked at again by coal, each centimetre", ("motions of", "all", "meet something", "first"), rows
    )
    print(f"greatest part of a limit that is used: {again['gaitway']['largest_part_of_a_limit']:.6f}")
