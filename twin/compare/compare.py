"""Two variants over the same seeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..warehouse.scenario import Scenario
from .figures import FIGURES, Figures
from .intervals import Difference, paired
from .job import Engine, Job
from .kept import Kept


@dataclass(frozen=True)
class Variant:
    """A scenario and the file that it came from."""

    source: str
    scenario: Scenario


@dataclass(frozen=True)
class Comparison:
    """What came out.

    Attributes:
        a, b: figures of each run, in the order of the seeds 0, 1, ...
        differences: by the keys of `FIGURES`; those that fewer than two pairs of runs have are left out.
    """

    a: list[Figures]
    b: list[Figures]
    differences: dict[str, Difference]


def compare(
    a: Variant,
    b: Variant,
    seeds: int,
    engine: Engine,
    keep: Path | None = None,
    tell: Callable[[Job, Figures, int], None] = lambda job, figures, left: None,
) -> Comparison:
    """Run both with seeds 0 to `seeds` - 1, in place of their own.

    Args:
        a, b: the variants. Runs that are equal in both are made once.
        seeds: how many.
        engine: makes the runs.
        keep: folder with results of runs, which are not made again.
        tell: told each run that ends, its figures, and how many are left.

    Raises:
        ValueError: fewer than two seeds, or a run cannot be made.
    """
    if seeds < 2:
        raise ValueError(f"--seeds {seeds}: give 2 or more; one run of each says nothing about chance.")
    kept = Kept(keep)
    pairs = [[Job(one.source, replace(one.scenario, seed=seed)) for one in (a, b)] for seed in range(seeds)]
    jobs = {job.key: job for pair in pairs for job in pair}
    done = {key: figures for key, job in jobs.items() if (figures := kept.read(job)) is not None}
    missing = [job for key, job in jobs.items() if key not in done]
    for job, figures in engine(missing) if missing else ():
        kept.write(job, figures)
        done[job.key] = figures
        tell(job, figures, len(jobs) - len(done))
    of_a, of_b = ([done[pair[k].key] for pair in pairs] for k in (0, 1))
    return Comparison(of_a, of_b, differences(of_a, of_b))


def differences(a: list[Figures], b: list[Figures]) -> dict[str, Difference]:
    """Of all figures that enough pairs have."""
    found = {key: paired([run[key] for run in a], [run[key] for run in b]) for key in FIGURES}
    return {key: difference for key, difference in found.items() if difference is not None}
