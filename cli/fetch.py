"""Let a mobile manipulator drive to a shelf and fetch an object by sight, in seeded runs."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..envs.video import VideoWriter
    from ..twin.shelf.score import RunResult


def main(
    runs: int = 50,
    seed: int = 0,
    json: Path | None = None,
    video: Path | None = None,
    keep: Path | None = None,
    threads: int = 2,
) -> None:
    """Score runs: drive through an aisle to a shelf, find the object, put it into the tote on the deck.

    Physics judges, and tells the robot nothing.

    Args:
        runs: how many.
        seed: of the first; the others follow.
        json: file for figures and every attempt.
        video: MP4 of the runs that are made now.
        keep: folder for the result of each run; a run whose result is there is not made again.
        threads: of the CPU.
    """
    from .bench.report import machine_facts, write_json

    if runs < 1 or threads < 1:
        raise ValueError(f"--runs is {runs} and --threads {threads}; both are 1 or more.")
    if seed < 0:
        raise ValueError(f"--seed is {seed}; give 0 or more.")
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)  # before the first run: its result must not be lost
    from ..envs.video import VideoWriter
    from ..twin.shelf.film import FPS
    from ..twin.shelf.score import summary

    machine = machine_facts()
    with ExitStack() as stack:
        writer = stack.enter_context(VideoWriter(video, FPS)) if video else None
        results = [_fetch(number, keep, threads, writer) for number in range(seed, seed + runs)]
    figures = summary(results)
    _print(figures, machine)
    details = [result.as_json() for result in results]
    write_json(json, {"seed": seed, "summary": figures, "runs": details}, machine)


def _fetch(seed: int, keep: Path | None, threads: int, writer: VideoWriter | None) -> RunResult:
    from ..twin.shelf.case import case_of
    from ..twin.shelf.film import Film
    from ..twin.shelf.score import fetch, keep_result, kept

    known = kept(keep, seed)
    if known is not None:
        return known
    case = case_of(seed)
    others = ", ".join(case.names[1:]) or "nothing"
    print(f"run {seed}: {case.names[0]} on board {case.board}, beside it {others}", flush=True)
    result = fetch(
        seed,
        threads,
        lambda line: print(f"  {line}", flush=True),
        lambda shop: Film(shop, writer) if writer else None,
    )
    keep_result(keep, result)
    return result


def _print(figures: dict[str, Any], machine: dict[str, Any]) -> None:
    from ..policies.scoring.intervals import rate_interval
    from .bench.report import on_machine, print_table

    low, high = rate_interval(figures["fetched"], figures["runs"])
    seconds, thinking = figures["seconds_mean"], figures["thinking_seconds_mean"]
    share = f"{figures['fetched_share']:.1%}; {low:.1%} to {high:.1%}"
    rows = [
        ("runs, fetched: in the tote and seen there", f"{figures['runs']}, {figures['fetched']} ({share})"),
        ("in the tote, seen or not", str(figures["in_tote"])),
        ("fetched at the first try", str(figures["at_first_try"])),
        *((f"tries: {outcome}", str(count)) for outcome, count in figures["outcomes"].items()),
        ("could not go on", str(figures["could_not_go_on"])),
        ("touched shelf or hall other than by the hand", str(figures["touched_shelf_or_hall"])),
        ("a run that fetched: the robot's time, s", "-" if seconds is None else f"{seconds:.1f}"),
        ("looking and planning in a try beside it, s", "-" if thinking is None else f"{thinking:.1f}"),
    ]
    rows += [(f"board {k}", f"{good} of {all_}") for k, (good, all_) in enumerate(figures["by_board"])]
    rows += [(name, f"{good} of {all_}") for name, (good, all_) in figures["by_object"].items() if all_]
    print_table(f"Fetched from a shelf, {on_machine(machine)}", ("", ""), rows)
