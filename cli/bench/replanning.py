"""`gaitway bench replanning`: an arm on its way while things come into it, judged by MuJoCo."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from rich.progress import track

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from ...planning.collision.body import CollisionBody
    from ...twin.replanning.episodes import Episode
    from ...twin.replanning.run import Outcome


@dataclass
class Replanning:
    """Move our arm between seeded places at a table, replanning at every tick around what comes in between.

    Attributes:
        episodes: how many; seeds from 0 up.
        first: seed to begin with.
        rate: ticks a second.
        clock: which tells what comes too late. 'wall': that of the machine, as a robot has it; 'processor':
            time that the tick's own thread computed, for a machine with other work; 'none': nothing is
            late, and the same seed gives the same motion.
        json: file to write the figures to, with the facts of the machine.
        video: MP4 of the first episode.
    """

    episodes: int = 200
    first: int = 0
    rate: float = 20.0
    clock: Literal["wall", "processor", "none"] = "wall"
    json: Path | None = None
    video: Path | None = None

    def run(self) -> None:
        """Run, print and write."""
        from ...planning.reactive.replanner import KEEP, ReplannerCfg
        from ...planning.reactive.search import search_path
        from ...twin.replanning.episodes import make_episode
        from ...twin.replanning.robot import arm_body
        from ...twin.replanning.run import run_episode

        if self.episodes < 1 or not 1.0 <= self.rate <= 200.0:
            raise ValueError("--episodes must be at least 1, --rate between 1 and 200 ticks a second.")
        if self.first < 0:
            raise ValueError(f"--first is {self.first}; seeds are 0 or more.")
        machine = machine_facts()
        body, cfg = arm_body(), ReplannerCfg(period=1.0 / self.rate)
        clock = {"wall": time.perf_counter, "processor": time.thread_time, "none": lambda: 0.0}[self.clock]
        seeds = range(self.first, self.first + self.episodes)
        run_episode(body, make_episode(body, search_path, self.first), search_path, cfg, clock)  # compiles
        rows, replans, keeps = [], [], []
        for seed in track(seeds, description="episodes"):
            episode = make_episode(body, search_path, seed)
            outcome = run_episode(body, episode, search_path, cfg, clock)
            rows.append(_row(episode, outcome))
            for tick in outcome.decisions:
                (keeps if tick.what == KEEP else replans).append(1e3 * tick.seconds)
            if self.video and seed == self.first:
                _film(self.video, body, episode, outcome)
        summary = _summary(rows, replans, keeps)
        _print(f"{self.episodes} episodes, {on_machine(machine)}", summary)
        settings = {"rate_hz": self.rate, "clock": self.clock, "first_seed": self.first}
        write_json(self.json, {**settings, "summary": summary, "episodes": rows}, machine)


def _film(path: Path, body: CollisionBody, episode: Episode, outcome: Outcome) -> None:
    from ...twin.replanning.film import Film
    from ...twin.replanning.judge import STEP
    from ...twin.replanning.scene import ArmScene

    first = {name: track.shape for name, track in episode.tracks.items()}
    scene = ArmScene(body.group.joint_names, episode.still.obstacles, first)
    times = STEP * np.arange(len(outcome.positions))
    tick = np.searchsorted(outcome.times, times, side="right") - 1
    said = [f"{time:.2f} s  {outcome.decisions[i].what}" for time, i in zip(times, tick, strict=True)]
    with Film(path) as film:
        film.add(scene, outcome.positions, outcome.centres, said)
    print(f"wrote {path}")


def _row(episode: Episode, outcome: Outcome) -> dict[str, Any]:
    """What is written of an episode."""
    verdict, decisions = outcome.verdict, outcome.decisions
    return {
        "seed": episode.seed,
        "moving": {name: round(track.speed, 3) for name, track in episode.tracks.items()},
        "succeeded": outcome.succeeded,
        "arrived": outcome.arrived,
        "seconds": round(outcome.seconds, 3),
        "first_motion_seconds": round(episode.first.duration, 3),
        "clearance_m": round(verdict.clearance, 5),
        "blind_clearance_m": round(outcome.blind, 5),
        "nearest": list(verdict.what),
        "nearest_at_s": round(verdict.time, 3),
        "touches_itself": verdict.touches_itself,
        "largest_part_of_a_limit": round(max(verdict.of_limit), 6),
        "decisions": {
            what: sum(d.what == what for d in decisions) for what in sorted({d.what for d in decisions})
        },
        "late": sum(d.late for d in decisions),
    }


def _summary(rows: list[dict[str, Any]], replans: list[float], keeps: list[float]) -> dict[str, Any]:
    """Figures of all episodes, and of the ms that their ticks took which replan and which keep."""
    return {
        "episodes": len(rows),
        "succeeded": sum(row["succeeded"] for row in rows),
        "contacts": sum(row["clearance_m"] <= 0 or row["touches_itself"] for row in rows),
        "least_clearance_m": min(row["clearance_m"] for row in rows),
        "contacts_if_blind": sum(row["blind_clearance_m"] <= 0 for row in rows),
        "largest_part_of_a_limit": max(row["largest_part_of_a_limit"] for row in rows),
        "plans": sum(row["decisions"].get("plan", 0) for row in rows),
        "replan_ms": _percentiles(replans),
        "keep_ms": _percentiles(keeps),
        "late": sum(row["late"] for row in rows),
        "slower_than_first_motion": float(
            np.median([row["seconds"] / row["first_motion_seconds"] for row in rows])
        ),
    }


def _percentiles(values: list[float]) -> dict[str, float]:
    return {
        name: float(np.percentile(values, part)) if len(values) else float("nan")
        for name, part in (("p50", 50), ("p95", 95), ("p99", 99), ("max", 100))
    }


def _line(values: dict[str, float]) -> str:
    return f"p50 {values['p50']:.1f}, p99 {values['p99']:.1f}, max {values['max']:.1f}"


def _print(title: str, summary: dict[str, Any]) -> None:
    rows = [
        ("at the goal, no nearer than 1 cm to anything", f"{summary['succeeded']} of {summary['episodes']}"),
        ("contacts", str(summary["contacts"])),
        ("contacts of an arm that looks at nothing", str(summary["contacts_if_blind"])),
        ("least clearance", f"{1e3 * summary['least_clearance_m']:.1f} mm"),
        ("largest part of a limit", f"{summary['largest_part_of_a_limit']:.4f}"),
        ("plans on the way", str(summary["plans"])),
        ("ticks that replan, ms", _line(summary["replan_ms"])),
        ("ticks that keep, ms", _line(summary["keep_ms"])),
        ("plans that came too late", str(summary["late"])),
        ("time, of the first motion's", f"{summary['slower_than_first_motion']:.2f} (median)"),
    ]
    print_table(title, ("", ""), rows)
