"""Tours: who goes where in which order, when he is there, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .problem import Stop, TourProblem, Vehicle

TOLERANCE = 1e-6
"""s, and a share of capacities and ranges: what rounding may take."""


@dataclass(frozen=True)
class Visit:
    """A stop of a tour.

    Attributes:
        job: index.
        is_pickup: or its delivery.
        begin: s, when service begins.
    """

    job: int
    is_pickup: bool
    begin: float = 0.0


Tour = tuple[Visit, ...]


@dataclass(frozen=True)
class Tours:
    """What every vehicle does, the best that was found in time.

    Attributes:
        tours: one for each vehicle, perhaps empty.
        cost: distances, fixed costs of vehicles that are used, and prizes of jobs that were left.
        bound: no tours cost less; see `bound.py` for how far it may be from what is possible.
        history: (s since the call, cost) of each improvement.
        left: why each job without a vehicle waits.
        backend: who planned.
    """

    tours: tuple[Tour, ...]
    cost: float
    bound: float
    history: tuple[tuple[float, float], ...] = ()
    left: dict[int, str] = field(default_factory=dict)
    backend: str = ""

    @property
    def gap(self) -> float:
        """The most by which these tours can be dearer than the best, as a share of their cost."""
        return (self.cost - self.bound) / self.cost if self.cost > 0 else 0.0


def stop_of(problem: TourProblem, visit: Visit) -> Stop:
    """The stop of a visit."""
    job = problem.jobs[visit.job]
    stop = job.pickup if visit.is_pickup else job.delivery
    assert stop is not None, "only a job with a pickup is picked up"
    return stop


def timed(problem: TourProblem, vehicle: Vehicle, visits: Sequence[Visit]) -> Tour:
    """The same visits with the earliest begin of each."""
    time, place = vehicle.ready, vehicle.start
    tour = []
    for visit in visits:
        stop = stop_of(problem, visit)
        time = max(time + problem.duration[place, stop.place], stop.opens)
        tour.append(Visit(visit.job, visit.is_pickup, float(time)))
        time, place = time + stop.service, stop.place
    return tuple(tour)


def length(problem: TourProblem, vehicle: Vehicle, visits: Sequence[Visit]) -> float:
    """What the ways of a tour cost, to its end; 0 for a vehicle that stays."""
    places = [stop_of(problem, visit).place for visit in visits]
    if not places:
        return 0.0
    places = [vehicle.start, *places, *([] if vehicle.end is None else [vehicle.end])]
    return float(sum(problem.distance[a, b] for a, b in pairwise(places)))


def cost_of(problem: TourProblem, tours: Sequence[Sequence[Visit]]) -> float:
    """Distances, fixed costs, and prizes of jobs that no tour delivers."""
    done = {visit.job for tour in tours for visit in tour if not visit.is_pickup}
    lost = sum(job.prize or 0.0 for index, job in enumerate(problem.jobs) if index not in done)
    ways = sum(
        length(problem, vehicle, tour) + vehicle.fixed
        for vehicle, tour in zip(problem.vehicles, tours, strict=True)
        if tour
    )
    return ways + lost


def fault(problem: TourProblem, index: int, visits: Sequence[Visit]) -> str | None:
    """What is wrong with a tour of a vehicle, in a sentence; none if nothing is."""
    vehicle = problem.vehicles[index]
    order = {(visit.job, visit.is_pickup): at for at, visit in enumerate(visits)}
    if len(order) < len(visits):
        return "A stop is made twice."
    load = 0.0
    for job in {visit.job for visit in visits}:
        wanted = problem.jobs[job]
        if wanted.vehicle not in (None, index):
            return f"Job {job} is on board of vehicle {wanted.vehicle}."
        if (job, False) not in order:
            return f"Job {job} is not delivered."
        if wanted.pickup is None:
            load += wanted.load
        elif order.get((job, True), len(visits)) > order[job, False]:
            return f"Job {job} is delivered before its pickup."
    end = vehicle.ready
    place = vehicle.start
    for visit in (None, *timed(problem, vehicle, visits)):
        if visit is not None:
            stop = stop_of(problem, visit)
            load += problem.jobs[visit.job].load * (1 if visit.is_pickup else -1)
            if visit.begin > stop.closes + TOLERANCE:
                return f"Job {visit.job} comes at {visit.begin:g} s; it closes at {stop.closes:g} s."
            end, place = visit.begin + stop.service, stop.place
        if load > vehicle.capacity * (1 + TOLERANCE):
            return f"A load of {load:g} is on board; {vehicle.capacity:g} are the most."
    if vehicle.end is not None and visits:
        end += float(problem.duration[place, vehicle.end])
    if end > vehicle.until + TOLERANCE:
        return f"It ends at {end:g} s; {vehicle.until:g} s is the latest."
    way = length(problem, vehicle, visits)
    if way > vehicle.range * (1 + TOLERANCE):
        return f"It is {way:g} long; the range is {vehicle.range:g}."
    return None
