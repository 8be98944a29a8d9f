"""One call for tours, whoever computes them."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from time import perf_counter
from typing import Literal

from ..errors import DispatchError, UnsolvableError
from .bound import lower_bound
from .construct import construct
from .problem import TourProblem
from .reasons import why_left
from .stopwatch import Stopwatch
from .tours import Tour, Tours, cost_of, fault, timed
from .with_ruin import compile_once
from .with_ruin import search as search_ruin

Backend = Literal["auto", "pyvrp", "ruin", "cuopt"]


def plan_tours(
    problem: TourProblem,
    seconds: float,
    seed: int = 0,
    start: Sequence[Tour] | None = None,
    backend: Backend = "auto",
    rounds: int | None = None,
) -> Tours:
    """Plan tours, better ones until the time is over.

    What a backend answers is looked at again in real numbers: every tour keeps windows, capacities, ranges
    and the order of pickups and deliveries, and jobs on board stay where they are.

    Args:
        problem: jobs and vehicles.
        seconds: for everything.
        seed: of the search.
        start: tours to begin with, of the last plan for instance; what no longer holds of them is left out.
        backend: `pyvrp`; `ruin`, our own; `cuopt`, where that is installed, on an NVIDIA GPU; or `auto`:
            our own where loads must be picked up on the way or the beginning is hard, PyVRP elsewhere.
        rounds: the most steps of the search; then a plan does not depend on the machine's speed.

    Raises:
        DispatchError: bad numbers; a backend that is not installed, or whose tours do not hold.
        UnsolvableError: a required job cannot be done, or none found how in the time.
    """
    if not (isfinite(seconds) and seconds > 0):
        raise DispatchError(f"seconds is {seconds:g}; it must be above 0.")
    if backend == "auto" and any(job.is_required and job.pickup for job in problem.jobs):
        backend = "ruin"
    if backend == "ruin":
        compile_once()
    watch = Stopwatch(perf_counter(), seconds, rounds)
    _refuse_impossible(problem)
    bound = lower_bound(problem)
    # Where every job must be done and none is under way, PyVRP's own beginning is better.
    is_plain = start is None and _is_plain(problem)
    first = None if is_plain else construct(problem, start or ())
    if backend == "auto":
        # From tours that do not do what they must, PyVRP seldom finds any that do.
        backend = "pyvrp" if is_plain or first is not None else "ruin"
    tours, history = _search(problem, watch, seed, first, backend)
    if tours is None:
        raise UnsolvableError(f"No tours that do every required job were found in {seconds:g} s.")
    return _checked(problem, tours, bound, history, backend)


def _search(
    problem: TourProblem, watch: Stopwatch, seed: int, first: Sequence[Tour] | None, backend: Backend
) -> tuple[list[Tour] | None, list[tuple[float, float]]]:
    if backend == "cuopt":
        from .with_cuopt import search as search_cuopt

        return search_cuopt(problem, watch)
    if backend == "ruin":
        return search_ruin(problem, watch, seed, first or [()] * len(problem.vehicles))
    from .with_pyvrp import search as search_pyvrp

    return search_pyvrp(problem, watch, seed, first)


def _is_plain(problem: TourProblem) -> bool:
    """Whether goods are brought from a depot, all of which must be brought."""
    return all(job.is_required and job.vehicle is None and job.pickup is None for job in problem.jobs)


def _refuse_impossible(problem: TourProblem) -> None:
    for index, job in enumerate(problem.jobs):
        if job.is_required and job.vehicle is None:
            reason = why_left(problem, index)
            if not reason.startswith("Every"):
                raise UnsolvableError(f"Job {job.name or index} must be done and cannot be. {reason}")


def _checked(
    problem: TourProblem, tours: list[Tour], bound: float, history: list[tuple[float, float]], backend: str
) -> Tours:
    for index, tour in enumerate(tours):
        if wrong := fault(problem, index, tour):
            raise DispatchError(f"{backend} planned a tour of vehicle {index} that does not hold. {wrong}")
    done = [visit.job for tour in tours for visit in tour if not visit.is_pickup]
    if len(set(done)) < len(done):
        raise DispatchError(f"{backend} planned a job twice.")
    left = {index: why_left(problem, index) for index in range(len(problem.jobs)) if index not in set(done)}
    if missing := [index for index in left if problem.jobs[index].is_required]:
        raise UnsolvableError(f"{backend} left job {missing[0]}, which must be done.")
    cost = cost_of(problem, tours)
    whole = tuple(timed(problem, v, tour) for v, tour in zip(problem.vehicles, tours, strict=True))
    return Tours(whole, cost, min(bound, cost), tuple(history), left, backend)
