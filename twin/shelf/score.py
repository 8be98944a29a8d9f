"""What became of seeded runs: how often the object came into the tote, in what time, and why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...assets.objects import CATALOGUE
from ...assets.objects.shelf import SHELF
from ..manipulation.attempt import Attempt
from ..manipulation.keep import read_kept, write_kept
from .case import case_of
from .run import Fetcher, Lost
from .shop import Shop

LONGEST = 240.0
"""s of the robot's time after which a run is over."""
_TRIES = 4


@dataclass(frozen=True)
class RunResult:
    """One run.

    Attributes:
        seed: of it.
        names: of the objects on the board; the first was wanted.
        board: of the shelf, from below.
        in_tote: whether the wanted object is in the tote, by physics.
        seen: whether the robot saw it come there.
        others: how many other objects are in the tote, by physics.
        touched: periods of 10 ms in which robot, other than its hand, touched shelf or hall, by physics.
        attempts: what the robot believes that it did.
        reason: why it could not go on, '' if it could.
        seconds: of the robot's time, all together.
    """

    seed: int
    names: tuple[str, ...]
    board: int
    in_tote: bool
    seen: bool
    others: int
    touched: int
    attempts: tuple[Attempt, ...]
    reason: str
    seconds: float

    @property
    def fetched(self) -> bool:
        """In the tote, and seen there."""
        return self.in_tote and self.seen

    def as_json(self) -> dict[str, Any]:
        """For a file; `keep.read_kept` takes it back."""
        return asdict(self)


def fetch(
    seed: int,
    threads: int = 2,
    tell: Callable[[str], None] = lambda line: None,
    prepare: Callable[[Shop], object] = lambda shop: None,
) -> RunResult:
    """Let the robot fetch the object of a seed; `prepare` is called with the shop before it begins."""
    case = case_of(seed)
    shop = Shop(case, LONGEST)
    prepare(shop)
    fetcher = Fetcher(shop, case.names, case.board, case.told, seed, threads, tell)
    reason = ""
    try:
        fetcher.run(_TRIES)
    except Lost as lost:
        reason = str(lost)
        tell(reason)
    truth, attempts = shop.truth(), tuple(fetcher.attempts)
    seen = any(attempt.outcome == "placed" for attempt in attempts)
    wanted, others = bool(truth.in_tote[0]), int(truth.in_tote[1:].sum())
    return RunResult(
        seed, case.names, case.board, wanted, seen, others, truth.touched, attempts, reason, shop.time
    )


def kept(folder: Path | None, seed: int) -> RunResult | None:
    """The result of a run that was made before, if there is one.

    Raises:
        ValueError: the file is none, or of another run.
    """
    path = _file(folder, seed)
    result = read_kept(path, RunResult)
    if result is not None and result.names != case_of(seed).names:
        raise ValueError(f"{path} is of a run for {', '.join(result.names)}; give another --keep.")
    return result


def keep_result(folder: Path | None, result: RunResult) -> None:
    """Write the result of a run into a folder that is there, whole or not at all."""
    write_kept(_file(folder, result.seed), result.as_json())


def _file(folder: Path | None, seed: int) -> Path | None:
    return None if folder is None else folder / f"run_{seed:04d}.json"


def summary(results: Sequence[RunResult]) -> dict[str, Any]:
    """Figures of some runs."""
    good = [result for result in results if result.fetched]
    attempts = [attempt for result in results for attempt in result.attempts]
    outcomes = {attempt.outcome for attempt in attempts}
    return {
        "runs": len(results),
        "fetched": len(good),
        "fetched_share": len(good) / max(len(results), 1),
        "in_tote": sum(result.in_tote for result in results),
        "at_first_try": sum(len(result.attempts) == 1 for result in good),
        "outcomes": {o: sum(attempt.outcome == o for attempt in attempts) for o in sorted(outcomes)},
        "could_not_go_on": sum(bool(result.reason) for result in results),
        "touched_shelf_or_hall": sum(result.touched > 0 for result in results),
        "took_others": sum(result.others > 0 for result in results),
        "by_object": {name: _share(results, lambda r, n=name: r.names[0] == n) for name in CATALOGUE},
        "by_board": [_share(results, lambda r, b=b: r.board == b) for b in range(len(SHELF.boards))],
        "seconds_mean": float(np.mean([result.seconds for result in good])) if good else None,
        "thinking_seconds_mean": float(np.mean([a.thinking for a in attempts])) if attempts else None,
    }


def _share(results: Sequence[RunResult], which: Callable[[RunResult], bool]) -> list[int]:
    """How many of some runs ended well, and how many they are."""
    of_these = [result for result in results if which(result)]
    return [sum(result.fetched for result in of_these), len(of_these)]
