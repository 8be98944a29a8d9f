"""`gaitway bench retime`: jerk-limited motions beside Ruckig, and timing along paths beside TOPPRA."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .report import machine_facts, on_machine, print_table, write_json


@dataclass
class Retime:
    """Solve random problems with ours and with Ruckig and TOPPRA, in turns, on one thread.

    Attributes:
        problems: pairs of random states, for one joint and for seven.
        paths: random paths of each kind.
        waypoints: of each path.
        seed: of all of them.
        json: file to write the figures to, with the facts of the machine.
        picture: PNG of one path's position, velocity, acceleration and jerk.
    """

    problems: int = 10_000
    paths: int = 200
    waypoints: int = 6
    seed: int = 0
    json: Path | None = None
    picture: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        if self.problems < 1 or self.paths < 1 or self.waypoints < 2:
            raise ValueError("--problems and --paths must be at least 1, --waypoints at least 2.")
        machine = machine_facts()
        states = {f"{dof} joints": self._states(dof) for dof in (1, 7)}
        print_table(
            f"{self.problems} pairs of states each, {on_machine(machine)}",
            ("beside Ruckig", "longer", "shorter", "largest difference", "of a limit", "us", "Ruckig us"),
            [
                (
                    name,
                    str(s["longer_by_1us"]),
                    str(s["shorter_by_1us"]),
                    f"{s['largest_difference_s']:.1e} s",
                    f"{s['largest_part_of_a_limit']:.9f}",
                    f"{s['us']['median']:.0f}",
                    f"{s['ruckig_us']['median']:.1f}",
                )
                for name, s in states.items()
            ],
        )
        along = [
            self._along(kind, jerk, tolerance)
            for kind in ("configurations", "short")
            for jerk in ("panda", "gentle")
            for tolerance in (0.02, 0.1)
        ]
        print_table(
            f"{self.paths} paths of {self.waypoints} waypoints each, against TOPPRA, which bounds no jerk",
            ("paths", "jerk", "tolerance", "s", "x same path", "x spline", "ms", "TOPPRA ms"),
            [
                (
                    row["paths"],
                    row["jerk"],
                    f"{row['tolerance_rad']:g} rad",
                    f"{row['duration_s']['mean']:.2f}",
                    f"{row['of_toppra_on_our_path']['mean']:.3f}",
                    f"{row['of_toppra_on_a_spline']['mean']:.3f}",
                    f"{row['ms']['median']:.2f}",
                    f"{row['toppra_spline_ms']['median']:.2f}",
                )
                for row in along
            ],
        )
        settings = {
            "problems": self.problems,
            "paths": self.paths,
            "waypoints": self.waypoints,
            "seed": self.seed,
        }
        write_json(self.json, {**settings, "states": states, "along_paths": along}, machine)
        if self.picture:
            self._draw(self.picture)

    def _states(self, dof: int) -> dict[str, Any]:
        """Ours and Ruckig's durations of the same problems, and whether ours keep their limits."""
        from ...planning.limits import Limits
        from ...planning.trajectory.extrema import worst_excess
        from ...planning.trajectory.state_to_state import State, state_to_state
        from .retime_peers import RuckigPeer, random_problem

        rng, ruckig = np.random.default_rng(self.seed), RuckigPeer()
        ours, theirs, parts, missed, us, ruckig_us = [], [], [], [], [], []
        for number in range(self.problems + 1):  # the first compiles
            problem = random_problem(rng, dof)
            limits = Limits(*problem.limits)
            start, goal = State(*problem.start), State(*problem.goal)
            trajectory, seconds = timed(lambda s=start, g=goal, x=limits: state_to_state(s, g, x))
            duration, ruckig_seconds = timed(ruckig.prepare(problem))
            if number:
                ours.append(trajectory.duration)
                theirs.append(duration)
                parts.append(worst_excess(trajectory.times, trajectory.coefficients, problem.limits)[0])
                missed.append(np.abs(trajectory.state(trajectory.duration) - problem.goal).max())
                us.append(1e6 * seconds)
                ruckig_us.append(1e6 * ruckig_seconds)
        longer = np.array(ours) - theirs
        return {
            "longer_by_1us": int((longer > 1e-6).sum()),
            "shorter_by_1us": int((longer < -1e-6).sum()),
            "largest_difference_s": float(np.abs(longer).max()),
            "largest_part_of_a_limit": float(max(parts)),
            "largest_miss_of_the_goal": float(max(missed)),
            "us": spread(us),
            "ruckig_us": spread(ruckig_us),
        }

    def _along(self, kind: str, jerk: str, tolerance: float) -> dict[str, Any]:
        """Durations of the same paths, and the time that it takes to find them."""
        from ...planning.trajectory.blends import blend_corners
        from ...planning.trajectory.extrema import worst_excess
        from ...planning.trajectory.retime import retime
        from .retime_peers import GENTLE, PANDA, ToppraPeer, random_paths

        limits = PANDA if jerk == "panda" else GENTLE
        bounds = np.stack([limits.velocity, limits.acceleration, limits.jerk])
        toppra, rng = ToppraPeer(limits), np.random.default_rng(self.seed)
        rows, parts = [], []
        paths = random_paths(rng, kind, self.paths, self.waypoints)
        retime(paths[0], limits, tolerance)  # compiles
        for path in paths:
            result, ours = timed(lambda w=path: retime(w, limits, tolerance))
            spline, theirs = timed(lambda w=path: toppra.along_spline(w))
            same = toppra.along_blends(blend_corners(path, tolerance))
            parts.append(worst_excess(result.trajectory.times, result.trajectory.coefficients, bounds)[0])
            rows.append(
                (result.trajectory.duration, result.deviation, same, spline, 1e3 * ours, 1e3 * theirs)
            )
        duration, deviation, same, spline, ms, toppra_ms = np.array(rows).T
        return {
            "paths": kind,
            "jerk": jerk,
            "tolerance_rad": tolerance,
            "duration_s": spread(duration),
            "largest_deviation_rad": float(deviation.max()),
            "largest_part_of_a_limit": float(max(parts)),
            "of_toppra_on_our_path": spread(duration / same),
            "of_toppra_on_a_spline": spread(duration / spline),
            "ms": spread(ms),
            "toppra_spline_ms": spread(toppra_ms),
        }

    def _draw(self, out: Path) -> None:
        """The first short path, with its limits."""
        from ...planning.trajectory.plot import draw
        from ...planning.trajectory.retime import retime
        from .retime_peers import GENTLE, random_paths

        path = random_paths(np.random.default_rng(self.seed), "short", 1, self.waypoints)[0]
        result = retime(path, GENTLE, 0.1)
        out.parent.mkdir(parents=True, exist_ok=True)
        draw(out, result.trajectory, GENTLE, marks=result.passes)


def timed(solve: Callable[[], Any]) -> tuple[Any, float]:
    """What it returns, and the s of this thread's CPU time that it took."""
    begin = time.thread_time()
    result = solve()
    return result, time.thread_time() - begin


def spread(values: Any) -> dict[str, float]:
    """Mean, median, p95 and the greatest."""
    return {
        "mean": float(np.mean(values)),
        "median": float(np.median(values)),
        "p95": float(np.percentile(values, 95)),
        "max": float(np.max(values)),
    }
