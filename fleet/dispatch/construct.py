"""Tours to begin with: what holds of the last plan, then each round one more job to each vehicle."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np

from .assign import assign
from .problem import TourProblem
from .tours import Tour, Visit, fault, length, stop_of, timed


def construct(problem: TourProblem, start: Sequence[Tour]) -> list[Tour] | None:
    """Valid tours that do what is on board, and as much of the rest as fits at the ends of tours.

    Args:
        problem: jobs and vehicles.
        start: tours whose jobs are kept, as many as still hold; may be empty.

    Returns:
        A tour for each vehicle; none if what is on board does not fit, or a required job is left.
    """
    kept: set[int] = set()
    tours: list[Tour] = []
    for index in range(len(problem.vehicles)):
        before = start[index] if index < len(start) else ()
        tour = _keep(problem, index, [visit for visit in before if visit.job not in kept])
        if tour is None:
            return None
        kept |= {visit.job for visit in tour}
        tours.append(tour)
    while _append_round(problem, tours, kept):
        pass
    if any(job.is_required and index not in kept for index, job in enumerate(problem.jobs)):
        return None
    return tours


def _keep(problem: TourProblem, index: int, before: list[Visit]) -> Tour | None:
    """As much of a tour's beginning as holds, with all that is on board; none if that alone does not."""
    mine = [job for job, wanted in enumerate(problem.jobs) if wanted.vehicle == index]
    known = {visit.job for visit in before}
    tour = (*(Visit(job, False) for job in mine if job not in known), *before)
    while fault(problem, index, tour):
        others = [visit.job for visit in tour if visit.job not in mine]
        if not others:
            return _by_windows(problem, index, mine)
        tour = tuple(visit for visit in tour if visit.job != others[-1])
    return tour


def _by_windows(problem: TourProblem, index: int, mine: list[int]) -> Tour | None:
    """What is on board, what closes first to begin with."""
    tour = tuple(Visit(job, False) for job in sorted(mine, key=lambda job: problem.jobs[job].delivery.closes))
    return None if fault(problem, index, tour) else tour


def _append_round(problem: TourProblem, tours: list[Tour], kept: set[int]) -> bool:
    """Append one job to each tour where one fits, by the cheapest matching; whether any was."""
    open_jobs = np.array([job for job in range(len(problem.jobs)) if job not in kept], int)
    if not len(open_jobs):
        return False
    cost = _cost_to_append(problem, tours, open_jobs)
    # A job that costs more than it is worth is better left.
    worth = np.array(
        [inf if job.is_required else job.prize or 0.0 for job in (problem.jobs[j] for j in open_jobs)]
    )
    cost[cost > worth[:, None]] = inf
    taken = assign(cost).vehicle
    for job, vehicle in zip(open_jobs, taken, strict=True):
        if vehicle < 0:
            continue
        visits = (*tours[vehicle], *_visits(problem, job))
        if fault(problem, int(vehicle), visits) is None:
            tours[vehicle] = visits
            kept.add(int(job))
    return any(int(job) in kept for job in open_jobs)


def _visits(problem: TourProblem, job: int) -> tuple[Visit, ...]:
    both = (Visit(int(job), True), Visit(int(job), False))
    return both if problem.jobs[job].pickup else both[1:]


def _cost_to_append(problem: TourProblem, tours: list[Tour], jobs: np.ndarray) -> np.ndarray:
    """(jobs, vehicles) additional cost of doing a job after a tour; infinite where windows forbid it."""
    place, time, way, back = (np.empty(len(tours)) for _ in range(4))
    for index, (vehicle, tour) in enumerate(zip(problem.vehicles, tours, strict=True)):
        place[index], time[index] = vehicle.start, vehicle.ready
        way[index] = length(problem, vehicle, tour)
        if tour:
            last = timed(problem, vehicle, tour)[-1]
            place[index] = stop_of(problem, last).place
            time[index] = last.begin + stop_of(problem, last).service
        home = vehicle.end is not None and bool(tour)
        back[index] = problem.distance[int(place[index]), vehicle.end] if home else 0.0
    vehicles = problem.vehicles
    ends = np.array([-1 if vehicle.end is None else vehicle.end for vehicle in vehicles])
    cost = np.empty((len(jobs), len(tours)))
    for row, job in enumerate(jobs):
        at, now, more = (
            place.astype(int),
            time.copy(),
            np.where([not tour for tour in tours], _fixed(problem), 0.0),
        )
        able = np.array([vehicle.capacity >= problem.jobs[job].load for vehicle in vehicles])
        for stop in (problem.jobs[job].pickup, problem.jobs[job].delivery):
            if stop is not None:
                more = more + problem.distance[at, stop.place]
                now = np.maximum(now + problem.duration[at, stop.place], stop.opens)
                able &= now <= stop.closes
                now, at = now + stop.service, np.full(len(tours), stop.place)
        home = np.where(ends < 0, 0.0, problem.distance[at, ends])
        cost[row] = np.where(able, more + home - back, inf)
    return cost


def _fixed(problem: TourProblem) -> np.ndarray:
    return np.array([vehicle.fixed for vehicle in problem.vehicles])
