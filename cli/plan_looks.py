"""How what `gaitway plan` found is looked at: in a browser, as a film, as curves with limits, as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..assets.whole_file import whole_file
from .perceive.view.target import open_view

if TYPE_CHECKING:
    from ..planning.problems.problem import Problem
    from ..planning.problems.score import Outcome, Solver
    from ..planning.robot.model import RobotModel

_PAUSE = 0.4  # s between motions of a film


def show_plans(target: Path | None, solver: Solver, outcomes: Sequence[Outcome]) -> None:
    """Show problems one after the other in rerun: in a browser until Ctrl-C, or in a `.rrd` file.

    Raises:
        ValueError: rerun is not installed, or the file is no `.rrd`.
    """
    with open_view(target, "gaitway plan") as view:
        if view is None:
            return
        from .plan_view import PlanView

        page = PlanView(view)
        for outcome in outcomes:
            page.see(solver.planner(outcome.problem), outcome)


def draw_failures(folder: Path, solver: Solver, failed: Sequence[Outcome]) -> None:
    """Write a picture of each problem, with the reason, as a PNG into a folder."""
    from ..planning.problems.picture import draw_problem

    folder.mkdir(parents=True, exist_ok=True)
    for outcome in failed:
        title = f"{outcome.problem.name}: {outcome.reason}"
        picture = draw_problem(solver.planner(outcome.problem).body, outcome.problem, title)
        with whole_file(_png(folder, outcome.problem)) as temporary:
            temporary.write_bytes(picture)
    print(f"wrote {len(failed)} pictures into {folder}")


def draw_motions(folder: Path, solver: Solver, outcomes: Sequence[Outcome]) -> None:
    """Write position, velocity, acceleration and jerk of each motion, with limits, as a PNG into a folder."""
    from ..planning.trajectory.plot import draw

    solved = [(outcome.problem, outcome.plan) for outcome in outcomes if outcome.plan is not None]
    folder.mkdir(parents=True, exist_ok=True)
    for problem, plan in solved:
        draw(_png(folder, problem), plan.trajectory, solver.planner(problem).limits, plan.joint_names)
    print(f"wrote {len(solved)} pictures of curves into {folder}")


def _png(folder: Path, problem: Problem) -> Path:
    return folder / f"{problem.name.replace('/', '_')}.png"


def check_filmed(model: RobotModel) -> None:
    """Refuse a robot that no film can show.

    Raises:
        ValueError: it has other joints than our arm.
    """
    from ..planning.problems.generate import our_arm

    if model.tree.joint_names != our_arm().tree.joint_names:
        raise ValueError(
            f"--video: a film shows our arm alone, not {model.tree.name}; --view shows any robot."
        )


def film_motions(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write all motions of our arm as one film, whole or not at all.

    Raises:
        ValueError: a problem has an obstacle that is no plain shape.
    """
    from ..twin.replanning.film import Film
    from ..twin.replanning.judge import STEP
    from ..twin.replanning.scene import ArmScene

    solved = [(outcome.problem, outcome.plan) for outcome in outcomes if outcome.plan is not None]
    if not solved:
        print(f"no motion to film: {path} is not written")
        return
    with Film(path) as film:
        for problem, plan in solved:
            scene = ArmScene(plan.joint_names, problem.world.obstacles, {}, problem.held)
            duration = plan.trajectory.duration
            times = np.clip(np.arange(-_PAUSE, duration + _PAUSE, STEP), 0.0, duration)
            said = [f"{problem.name}, {time:.2f} s" for time in times]
            film.add(scene, plan.trajectory.position(times), {}, said)
    print(f"wrote {path}")
