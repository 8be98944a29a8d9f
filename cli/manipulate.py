"""Let an arm empty seeded bins by sight: look, grasp, plan, carry, place, look again."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..envs.video import VideoWriter
    from ..twin.manipulation.score import BinResult


def main(
    bins: int = 100,
    seed: int = 0,
    objects: tuple[int, int] = (1, 3),
    json: Path | None = None,
    video: Path | None = None,
    keep: Path | None = None,
    threads: int = 2,
) -> None:
    """Score the loop on bins of objects that fell by physics; physics judges, and tells the arm nothing.

    Every fifth bin is visited by a worker's arm, which reaches between bin and tote.

    Args:
        bins: how many.
        seed: of the first; the others follow.
        objects: fewest and most in a bin, different ones of the catalogue's ten.
        json: file for figures and every attempt.
        video: MP4 of the bins that are worked now.
        keep: folder for the result of each bin; a bin whose result is there is not worked again.
        threads: of the CPU.
    """
    from ..assets.objects import CATALOGUE
    from .bench.report import machine_facts, write_json

    if bins < 1 or threads < 1:
        raise ValueError(f"--bins is {bins} and --threads {threads}; both are 1 or more.")
    if seed < 0:
        raise ValueError(f"--seed is {seed}; give 0 or more.")
    if not 1 <= objects[0] <= objects[1] <= len(CATALOGUE):
        raise ValueError(
            f"--objects is {objects[0]} {objects[1]}; give the fewest and the most, 1 to {len(CATALOGUE)}."
        )
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)  # before the first bin: its result must not be lost
    from ..envs.video import VideoWriter
    from ..twin.manipulation.film import FPS
    from ..twin.manipulation.score import summary

    machine = machine_facts()
    with ExitStack() as stack:
        writer = stack.enter_context(VideoWriter(video, FPS)) if video else None
        results = [_work(number, objects, keep, threads, writer) for number in range(seed, seed + bins)]
    figures = summary(results)
    _print(figures, machine)
    details = [result.as_json() for result in results]
    write_json(json, {"seed": seed, "objects": objects, "summary": figures, "bins": details}, machine)


def _work(
    seed: int, objects: tuple[int, int], keep: Path | None, threads: int, writer: VideoWriter | None
) -> BinResult:
    from ..twin.manipulation.film import Film
    from ..twin.manipulation.score import VISITED, bin_of, keep_result, kept, work_bin

    names, visited = bin_of(seed, *objects), seed % VISITED == VISITED - 1
    known = kept(keep, seed, names, visited)
    if known is not None:
        return known
    print(f"bin {seed}: {', '.join(names)}{', a worker reaches in' if visited else ''}", flush=True)
    result = work_bin(
        seed,
        names,
        visited,
        threads,
        lambda line: print(f"  {line}", flush=True),
        lambda cell: Film(cell, writer) if writer else None,
    )
    keep_result(keep, result)
    return result


def _print(figures: dict[str, Any], machine: dict[str, Any]) -> None:
    from ..policies.scoring.intervals import rate_interval
    from .bench.report import on_machine, print_table

    low, high = rate_interval(figures["placed"], figures["objects"])
    cycle, thinking = figures["cycle_seconds_mean"], figures["thinking_seconds_mean"]
    share = f"{figures['placed_share']:.1%}; {low:.1%} to {high:.1%}"
    rows = [
        ("bins, emptied", f"{figures['bins']}, {figures['bins_emptied']}"),
        ("objects, in the tote", f"{figures['objects']}, {figures['placed']} ({share})"),
        *((f"attempts: {outcome}", str(count)) for outcome, count in figures["outcomes"].items()),
        ("a cycle that placed: the cell's time, s", "-" if cycle is None else f"{cycle:.1f}"),
        ("looking and planning beside it, s", "-" if thinking is None else f"{thinking:.1f}"),
        ("largest error of a joint, rad", f"{figures['tracking_error_max']:.3f}"),
        ("bins with a worker, worker touched", f"{figures['visited']}, {figures['visited_touched']}"),
    ]
    rows += [(name, f"{there} of {all_}") for name, (there, all_) in figures["by_object"].items() if all_]
    print_table(f"Bins emptied by sight, {on_machine(machine)}", ("", ""), rows)
