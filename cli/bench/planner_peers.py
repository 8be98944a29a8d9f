"""Runs peers of our planner, each in a process of its own, on the same problems."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...planning.errors import PlanFailure, PlanningError
from ...planning.path.find import find_path
from ...planning.planner.timing import time_path
from ...planning.problems.own_json import problems_json
from ...planning.problems.problem import Problem, in_order
from ...planning.problems.score import Solver, by_scene, path_length, spread
from ...planning.robot.file import robot_json

PEERS = ("vamp", "ompl")


def check_peers(text: str, vamp_python: Path | None) -> list[str]:
    """Names of a comma-separated list; empty for an empty one.

    Raises:
        ValueError: a name is no peer, or a peer is not installed; the sentence says how to.
    """
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in PEERS:
            raise ValueError(f"--peers {text}: there is no peer '{name}'; there are {', '.join(PEERS)}.")
    if "ompl" in names and importlib.util.find_spec("ompl") is None:
        raise ValueError("--peers ompl: OMPL is not installed; 'pip install ompl' does it.")
    if "vamp" in names and (vamp_python is None or not vamp_python.is_file()):
        raise ValueError(
            "--peers vamp: give --vamp-python, an interpreter of an environment with vamp; "
            "'pip install vamp-planner' there builds it, with a C++ compiler, Eigen and the network."
        )
    return names


def ask_ourselves(solver: Solver, problems: Sequence[Problem]) -> dict[str, dict[str, Any]]:
    """Answers of our search for a path alone, as those of peers."""
    answers = {}
    for problem in [problems[0], *problems]:  # the first one twice: it loads what was compiled
        body = solver.planner(problem).body
        start, goals = in_order(problem, body.group)
        begin, processor = time.perf_counter(), time.process_time()
        try:
            path = find_path(body, problem.world, start, goals, seed=solver.seed, budget=solver.budget)
        except PlanningError:
            answers[problem.name] = {"solved": False}
            continue
        total, processor = time.perf_counter() - begin, time.process_time() - processor
        answers[problem.name] = {
            "solved": True,
            "total_ms": 1e3 * total,
            "processor_ms": 1e3 * processor,
            "path": path.waypoints.tolist(),
        }
    return answers


def ask_peer(
    name: str, solver: Solver, problems: Sequence[Problem], vamp_python: Path | None
) -> dict[str, dict[str, Any]]:
    """A peer's answers by the problems' names: solved and, if so, total_ms, processor_ms, path (m, n).

    Raises:
        ValueError: its process failed; with its last words.
    """
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder) / "job.json"
        job.write_text(json.dumps({"seed": solver.seed, "budget": solver.budget}))
        job.with_name("robot.json").write_text(robot_json(solver.robot))
        job.with_name("problems.json").write_text(problems_json(problems))
        if name == "vamp":
            command = [str(vamp_python), str(Path(__file__).with_name("planner_vamp.py")), str(job)]
        else:
            command = [sys.executable, "-m", f"{__package__}.planner_{name}", str(job)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["it said nothing"]
            raise ValueError(f"peer {name} failed: {lines[-1]}")
        return json.loads(job.with_name("answers.json").read_text())


def peer_figures(
    solver: Solver, problems: Sequence[Problem], answers: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Figures of each scene and of all, and those motions that our timing and gate make of its paths."""
    motions = {problem.name: _motion(solver, problem, answers[problem.name]) for problem in problems}
    groups = by_scene(problems, lambda problem: problem.scene)
    return {scene: _figures(group, answers, motions) for scene, group in groups.items()}


def _figures(
    problems: Sequence[Problem], answers: dict[str, dict[str, Any]], motions: dict[str, float | None]
) -> dict[str, Any]:
    solved = [answers[problem.name] for problem in problems if answers[problem.name]["solved"]]
    timed = [motion for problem in problems if (motion := motions[problem.name]) is not None]
    return {
        "problems": len(problems),
        "solved": len(solved),
        "path_ms": spread([answer["total_ms"] for answer in solved]),
        "path_cpu_ms": spread([answer["processor_ms"] for answer in solved]),
        "length_rad": spread([path_length(np.array(answer["path"])) for answer in solved]),
        "motion_s": spread(timed),
        "refused_by_our_gate": len(solved) - len(timed),
    }


def _motion(solver: Solver, problem: Problem, answer: dict[str, Any]) -> float | None:
    """s that a peer's path takes with our timing; None if it has none, or our gate refuses it."""
    if not answer["solved"]:
        return None
    planner = solver.planner(problem)
    try:
        timed = time_path(planner.body, problem.world, np.array(answer["path"]), planner.limits)
    except PlanFailure:
        return None
    return timed.trajectory.duration
