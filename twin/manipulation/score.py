"""What became of seeded bins: how many objects came into the tote, in how many tries, in what time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...assets.objects import CATALOGUE
from .attempt import Attempt
from .cell import Cell
from .keep import read_kept, write_kept
from .run import Picker
from .worker import random_visit

VISITED = 5
"""In every fifth bin a worker reaches in."""


@dataclass(frozen=True)
class BinResult:
    """One bin.

    Attributes:
        seed: of it.
        names: of its objects.
        placed: (k,) whether each is in the tote, by physics.
        visited: whether a worker reached in.
        touched: moments at which anything touched the worker, by physics.
        attempts: what the arm believes that it did.
        seconds: of the cell's time, all together.
    """

    seed: int
    names: tuple[str, ...]
    placed: tuple[bool, ...]
    visited: bool
    touched: int
    attempts: tuple[Attempt, ...]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """For a file; `keep.read_kept` takes it back."""
        return asdict(self)


def bin_of(seed: int, fewest: int, most: int) -> tuple[str, ...]:
    """Names of the objects of a seeded bin: `fewest` to `most` different ones of the ten."""
    rng = np.random.default_rng([seed, 3])
    count = int(rng.integers(fewest, most + 1))
    return tuple(str(name) for name in rng.choice(list(CATALOGUE), count, replace=False))


def work_bin(
    seed: int,
    names: Sequence[str],
    visited: bool,
    threads: int = 2,
    tell: Callable[[str], None] = lambda line: None,
    prepare: Callable[[Cell], object] = lambda cell: None,
) -> BinResult:
    """Let the arm empty one bin; `prepare` is called with the cell before it begins."""
    cell = Cell(names, seed, random_visit(seed) if visited else None)
    prepare(cell)
    attempts = Picker(cell, names, seed, threads, tell).run(3 * len(names))
    truth = cell.truth()
    placed = tuple(bool(there) for there in truth.in_tote)
    return BinResult(seed, tuple(names), placed, visited, truth.touched, tuple(attempts), cell.time)


def kept(folder: Path | None, seed: int, names: Sequence[str], visited: bool) -> BinResult | None:
    """The result of a bin that was worked before, if there is one.

    Raises:
        ValueError: the file is none, or of a bin with other objects.
    """
    path = _file(folder, seed)
    result = read_kept(path, BinResult)
    if result is None:
        return None
    if (result.names, result.visited) != (tuple(names), visited):
        raise ValueError(f"{path} is of a bin with {', '.join(result.names)}; give another --keep.")
    return result


def keep_result(folder: Path | None, result: BinResult) -> None:
    """Write the result of a bin into a folder that is there, whole or not at all."""
    write_kept(_file(folder, result.seed), result.as_json())


def _file(folder: Path | None, seed: int) -> Path | None:
    return None if folder is None else folder / f"bin_{seed:04d}.json"


def summary(results: Sequence[BinResult]) -> dict[str, Any]:
    """Figures of some bins."""
    given = Counter(name for result in results for name in result.names)
    came = Counter(
        name for result in results for name, there in zip(result.names, result.placed, strict=True) if there
    )
    objects, placed = given.total(), came.total()
    attempts = [attempt for result in results for attempt in result.attempts]
    good = [attempt for attempt in attempts if attempt.outcome == "placed"]
    visited = [result for result in results if result.visited]
    outcomes = {attempt.outcome for attempt in attempts}
    return {
        "bins": len(results),
        "objects": objects,
        "placed": placed,
        "placed_share": placed / max(objects, 1),
        "bins_emptied": sum(all(result.placed) for result in results),
        "attempts": len(attempts),
        "outcomes": {o: sum(attempt.outcome == o for attempt in attempts) for o in sorted(outcomes)},
        "by_object": {name: [came[name], given[name]] for name in CATALOGUE},
        "cycle_seconds_mean": float(np.mean([a.seconds for a in good])) if good else None,
        "thinking_seconds_mean": float(np.mean([a.thinking for a in good])) if good else None,
        "tracking_error_max": float(max((a.error for a in attempts), default=0.0)),
        "visited": len(visited),
        "visited_touched": sum(result.touched > 0 for result in visited),
        "visited_waited_seconds": float(sum(a.waited for result in visited for a in result.attempts)),
    }
