"""Tours with as few vehicles as can be found, and then short ones: the order of the benchmarks' tables."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from ..errors import DispatchError
from .construct import construct
from .plan import plan_tours
from .problem import TourProblem
from .stopwatch import Stopwatch
from .tours import Tour, Tours
from .with_ruin import compile_once, search

_SHARE = 0.4
"""Of the time, for finding fewer vehicles."""


def plan_fewest(problem: TourProblem, seconds: float, seed: int = 0) -> Tours:
    """Plan tours of vehicles that are all alike: fewer vehicles count before shorter ways.

    One vehicle after another is taken away for as long as ruin and recreate finds tours that do all jobs.

    Args:
        problem: whose jobs must all be done.
        seconds: for everything.
        seed: of the search.

    Raises:
        DispatchError: vehicles differ, or jobs may be left.
        UnsolvableError: see `plan_tours`.
    """
    if len(set(problem.vehicles)) > 1 or not all(job.is_required for job in problem.jobs):
        raise DispatchError("The fewest vehicles can be found only of vehicles that are alike, for all jobs.")
    compile_once()
    begin = perf_counter()
    fewer = Stopwatch(begin, _SHARE * seconds)
    least, tours = problem, construct(problem, ())
    if tours is None:
        tours, _ = search(problem, fewer, seed, [()] * len(problem.vehicles), until_whole=True)
    while tours is not None and sum(map(bool, tours)) > 1 and not fewer.is_over(0):
        tours = [tour for tour in tours if tour]
        least = replace(problem, vehicles=problem.vehicles[: len(tours)])
        less = replace(problem, vehicles=problem.vehicles[: len(tours) - 1])
        found, _ = search(less, fewer, seed, _drop(tours), until_whole=True)
        if found is None:
            break
        least, tours = less, found
    planned = plan_tours(least, max(1e-3, begin + seconds - perf_counter()), seed, tours, "ruin")
    unused = ((),) * (len(problem.vehicles) - len(least.vehicles))
    return replace(planned, tours=planned.tours + unused)


def _drop(tours: list[Tour]) -> list[Tour]:
    """Tours without the shortest."""
    shortest = min(range(len(tours)), key=lambda v: len(tours[v]))
    return [tour for v, tour in enumerate(tours) if v != shortest]
