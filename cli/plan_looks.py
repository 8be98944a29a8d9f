"""How the motions of `gaitway plan` are looked at: in a browser, as a film, as curves with their limits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .perceive.view.target import open_view

if TYPE_CHECKING:
    from ..planning.problems.score import Outcome, Solver

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


def draw_motions(folder: Path, solver: Solver, outcomes: Sequence[Outcome]) -> None:
    """Write position, velocity, acceleration and jerk of each motion, with limits, as a PNG into a folder."""
    from ..planning.trajectory.plot import draw

    solved = [(outcome.problem, outcome.plan) for outcome in outcomes if outcome.plan is not None]
    folder.mkdir(parents=True, exist_ok=True)
    for problem, plan in solved:
        name = problem.name.replace("/", "_")
        draw(folder / f"{name}.png", plan.trajectory, solver.planner(problem).limits, plan.joint_names)
    print(f"wrote {len(solved)} pictures of curves into {folder}")


def film_motions(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write all motions of our arm as one film, whole or not at all.

    Raises:
        ValueError: a problem is of another robot, or has an obstacle that is no plain shape.
    """
    from ..twin.replanning.film import Film
    from ..twin.replanning.judge import STEP
    from ..twin.replanning.scene import ArmScene

    solved = [(outcome.problem, outcome.plan) for outcome in outcomes if outcome.plan is not None]
    with Film(path) as film:
        for problem, plan in solved:
            scene = ArmScene(plan.joint_names, problem.world.obstacles, {}, problem.held)
            duration = plan.trajectory.duration
            times = np.clip(np.arange(-_PAUSE, duration + _PAUSE, STEP), 0.0, duration)
            said = [f"{problem.name}, {time:.2f} s" for time in times]
            film.add(scene, plan.trajectory.position(times), {}, said)
    print(f"wrote {path}")
