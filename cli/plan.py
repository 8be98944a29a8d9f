"""Plan motions for a file of problems: how many are solved, how fast, and why the others are not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .perceive.looks import ViewTarget

if TYPE_CHECKING:
    from ..planning.problems.problem import Problem
    from ..planning.problems.score import Outcome, Solver
    from ..planning.robot.model import RobotModel

OWN = "own"


def main(
    problems: str,
    /,
    robot: Path | None = None,
    json: Path | None = None,
    pictures: Path | None = None,
    budget: float = 1.0,
    seed: int = 0,
    to: Literal["goals", "poses"] = "goals",
    view: ViewTarget = None,
    video: Path | None = None,
    curves: Path | None = None,
    show: int = 20,
) -> None:
    """Solve problems one after the other, after one of each scene whose time does not count.

    Args:
        problems: MotionBenchMaker's folder or tar of YAML, VAMP's JSON, our JSON, or `own` for our 500.
        robot: JSON of `gaitway plan-robot`, URDF or USD; our arm by default.
        json: file for the figures, with all failures and the facts of the machine.
        pictures: folder for a picture of each problem that was not solved.
        budget: s that the search for one path may take.
        seed: of the searches.
        to: the problems' goals, or the poses that the tip has at them, in whatever configuration.
        view: look at problems in rerun, from `pip install 'gaitway[view]'`: in a browser until Ctrl-C or,
            with FILE.rrd, in a file.
        video: MP4 of motions, of our arm alone.
        curves: folder for position, velocity, acceleration and jerk of each motion, with limits.
        show: how many problems are looked at in these three ways.
    """
    from ..planning.problems.problem import to_poses
    from ..planning.problems.score import Solver, summarise
    from .bench.report import machine_facts, on_machine, write_json
    from .plan_looks import check_filmed, draw_failures, draw_motions, film_motions, show_plans

    if show < 1:
        raise ValueError(f"--show {show}: must be 1 or more.")
    machine = machine_facts()
    model = load_model(robot)
    if video:
        check_filmed(model)
    solver = Solver(model, seed=seed, budget=budget)
    given = load_problems(problems, model)
    if to == "poses":
        given = [to_poses(problem, solver.planner(problem).group) for problem in given]
    outcomes = solve_all(solver, given)
    summary = summarise(outcomes)
    print_summary(f"{problems} with {model.tree.name}, {on_machine(machine)}", summary)
    failed = [outcome for outcome in outcomes if not outcome.is_solved]
    for outcome in failed:
        print(f"{outcome.problem.name}: {outcome.reason}")
    if pictures:
        draw_failures(pictures, solver, failed)
    settings = {
        "problems": Path(problems).name,
        "robot": model.tree.name,
        "to": to,
        "budget_s": budget,
        "seed": seed,
    }
    write_json(json, {**settings, "scenes": summary, "failures": failures(failed)}, machine)
    if curves:
        draw_motions(curves, solver, outcomes[:show])
    if video:
        film_motions(video, outcomes[:show])
    show_plans(view, solver, outcomes[:show])


def load_model(file: Path | None) -> RobotModel:
    """A robot with spheres, from its JSON or fitted here; our arm without a file.

    Raises:
        PlanningError: the file cannot be read.
    """
    from ..planning.problems.generate import our_arm
    from ..planning.robot.file import load_robot
    from ..planning.robot.model import fit_robot
    from ..planning.robot.read import read_robot

    if file is None:
        return our_arm()
    return load_robot(file) if file.suffix == ".json" else fit_robot(read_robot(file))[0]


def load_problems(source: str, model: RobotModel) -> Sequence[Problem]:
    """Problems of a file or folder, or our own.

    Raises:
        PlanningError: the file cannot be read, or our own problems are asked of a robot that is not our arm.
    """
    from ..planning.problems.generate import own_problems
    from ..planning.problems.read import read_problems

    return own_problems(model) if source == OWN else read_problems(Path(source))


def solve_all(solver: Solver, problems: Sequence[Problem]) -> list[Outcome]:
    """Outcomes of all problems, after one of each scene that does not count."""
    for problem in {problem.scene: problem for problem in problems}.values():
        solver.solve(problem)
    return [solver.solve(problem) for problem in problems]


def print_summary(title: str, summary: dict[str, dict[str, Any]]) -> None:
    """Two tables with a row for each scene: what was solved and when; what the motions are like."""
    from .bench.report import print_table

    times = [
        (
            scene,
            f"{row['solved']}/{row['valid']}",
            *(
                _figure(row[what], key)
                for what in ("path_ms", "trajectory_ms")
                for key in ("median", "p95", "max")
            ),
        )
        for scene, row in summary.items()
    ]
    columns = ("scene", "of valid", "path, ms", "p95", "max", "trajectory", "p95", "max")
    print_table(title, columns, times)
    motions = [
        (
            scene,
            str(row["problems"]),
            _figure(row["motion_s"], "mean"),
            _figure(row["length_rad"], "mean"),
            "" if row["least_margin_mm"] is None else f"{row['least_margin_mm']:.2f}",
            _figure(row["trajectory_cpu_ms"], "median"),
            _figure(row["trajectory_cpu_ms"], "p95"),
        )
        for scene, row in summary.items()
    ]
    columns = ("scene", "problems", "motion, s", "rad", "closest, mm", "processor, ms", "p95")
    print_table("Means of motions; time of the processor to a trajectory", columns, motions)


def _figure(values: dict[str, float], key: str) -> str:
    return f"{values[key]:.2f}" if values else ""


def failures(outcomes: Sequence[Outcome]) -> list[dict[str, str]]:
    """Names, stages and reasons of what was not solved, for a file."""
    return [{"problem": o.problem.name, "stage": o.stage, "reason": o.reason} for o in outcomes]
