"""`gaitway bench reach`: a humanoid that brings its hands to targets while its policy balances it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from ...twin.reach.campaign import Watch

_FILMED = 4  # attempts


@dataclass
class Reach:
    """Let a standing humanoid reach seeded targets by plans of its arms; the policy of its legs balances.

    Attributes:
        targets: how many, seeds 0 up; even ones for the left hand.
        video: film of the first four to write.
        json: file to write the figures to, with the facts of the machine.
    """

    targets: int = 50
    video: Path | None = None
    json: Path | None = None

    def run(self) -> None:
        """Reach, print and write."""
        if self.targets < 1:
            raise ValueError(f"--targets is {self.targets}; there must be at least 1.")
        from ...twin.reach.campaign import CLOSE, STRAIGHT, arm_planners, reach

        machine, planners, reaches = machine_facts(), arm_planners(), []
        with _film(self.video) as film:
            for seed in range(self.targets):
                one = reach(planners, seed, film if seed < _FILMED else None)
                reaches.append(one)
                print(f"target {seed}: {_words(asdict(one), one.reached)}")
        figures = _summary([asdict(one) | {"reached": one.reached} for one in reaches])
        goal = f"{100 * CLOSE:g} cm and {np.rad2deg(STRAIGHT):g} degrees"
        print_table(
            f"{self.targets} targets, {on_machine(machine)}",
            ("", ""),
            [
                (f"hand within {goal}", f"{figures['reached']} of {self.targets}"),
                ("still on its feet", f"{figures['standing']} of {self.targets}"),
                ("off by, median and worst", f"{figures['off_cm'][0]:.1f} cm, {figures['off_cm'][1]:.1f} cm"),
                ("first plan, median", f"{figures['planning_ms']:.1f} ms"),
            ],
        )
        write_json(self.json, figures, machine)


@contextmanager
def _film(path: Path | None) -> Iterator[Watch | None]:
    if path is None:
        yield None
        return
    from ...envs.video import VideoWriter
    from ...twin.reach.film import FPS, Film

    with VideoWriter(path, FPS) as writer:
        yield Film(writer)


def _words(one: dict[str, Any], reached: bool) -> str:
    if one["failure"]:
        return f"no plan: {one['failure']}"
    if one["fell"]:
        return "fell"
    off = f"{100 * one['distance']:.1f} cm, {np.rad2deg(one['angle']):.1f} degrees off"
    return f"{'reached' if reached else 'missed'}, {off}, swayed {100 * one['swayed']:.0f} cm"


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    off = [100 * row["distance"] for row in rows]
    return {
        "targets": len(rows),
        "reached": sum(row["reached"] for row in rows),
        "standing": sum(not row["fell"] for row in rows),
        "off_cm": [float(np.median(off)), float(np.max(off))],
        "planning_ms": 1e3 * float(np.median([row["planning"] for row in rows])),
        "reaches": rows,
    }
