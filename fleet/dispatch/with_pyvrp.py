"""Tours by PyVRP's iterated local search (Wouda, Lan, Kool 2024, INFORMS Journal on Computing 36).

PyVRP counts in whole numbers, so costs, times and loads are scaled by powers of ten; durations and loads are
rounded up, and what limits them down: what it finds holds in real numbers too.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, inf, log10

import numpy as np
import numpy.typing as npt
import pyvrp

from .problem import Stop, TourProblem, Vehicle
from .stopwatch import Stopwatch
from .tours import Tour, Visit, cost_of

_LATE = np.iinfo(np.int64).max
_MOST_COST = 1e5  # with more, ways cost more than PyVRP's highest penalty for a unit that does not fit
_MOST_TIME = 1e7
_SLACK = 1e-4  # of a unit: what floating point may add to a number that is whole


def search(
    problem: TourProblem, watch: Stopwatch, seed: int, start: Sequence[Tour] | None
) -> tuple[list[Tour] | None, list[tuple[float, float]]]:
    """Plan tours.

    Args:
        problem: what to plan.
        watch: when to stop.
        seed: of the search.
        start: valid tours to begin with; good ones save time.

    Returns:
        Tours of all vehicles, none if none does every required job; (s, cost) of each improvement.
    """
    model = _Model(problem)
    history: list[tuple[float, float]] = []
    first = None if start is None else model.solution(start)
    if first is not None and first.is_feasible():
        history.append((watch.elapsed(), model.cost(first)))

    class Recorder(pyvrp.IteratedLocalSearchCallbacks):
        def on_best(self, best: pyvrp.Solution) -> None:
            if best.is_feasible():
                history.append((watch.elapsed(), model.cost(best)))

    rounds = 0

    def is_over(best_cost: int) -> bool:
        nonlocal rounds
        rounds += 1
        return watch.is_over(rounds - 1)

    params = pyvrp.SolveParams(ils=pyvrp.IteratedLocalSearchParams(callbacks=Recorder()))
    result = pyvrp.solve(model.data, is_over, seed, False, False, params, first)
    if not result.best.is_feasible():
        # What holds in real numbers need not hold in whole ones that were rounded up.
        return (None, []) if start is None else (list(start), [(0.0, cost_of(problem, start))])
    if not history:
        history.append((watch.elapsed(), model.cost(result.best)))
    return model.tours(result.best), history


class _Model:
    """PyVRP's data of a problem, and the way back."""

    def __init__(self, problem: TourProblem) -> None:
        self.problem = problem
        self._costs = _scale([problem.distance.max(), *(v.fixed for v in problem.vehicles)], _MOST_COST)
        times = [stop.closes for job in problem.jobs for stop in (job.delivery, job.pickup) if stop]
        times += [vehicle.until for vehicle in problem.vehicles] + [problem.duration.max()]
        self._times = _scale([time for time in times if time < inf], _MOST_TIME)
        loads = [job.load for job in problem.jobs] + [vehicle.capacity for vehicle in problem.vehicles]
        self._loads = 1.0 if all(float(load).is_integer() for load in loads) else 1000.0
        self._place_all()
        self._type_all()
        # Jobs without a pickup that nobody has on board come from the depot; all others are shipments.
        self._shipped = [i for i, job in enumerate(problem.jobs) if job.pickup or job.vehicle is not None]
        shipped = set(self._shipped)
        self._from_depot = [i for i in range(len(problem.jobs)) if i not in shipped]
        self.data = pyvrp.ProblemData(
            [pyvrp.Location(0, 0)] * len(self._distance),
            [self._client(job) for job in self._from_depot],
            [pyvrp.Depot(location) for location in self._depots],
            self._types,
            [self._distance],  # pyright: ignore[reportArgumentType] (its stubs give arrays no shape)
            [self._duration],  # pyright: ignore[reportArgumentType]
            [],
            [self._shipment(job) for job in self._shipped],
        )

    def _place_all(self) -> None:
        """Matrices of the places in use, of a place of its own for each laden vehicle, and of one anywhere.

        What is on board is picked up at the vehicle's own place, when it is ready. Its tour begins there, and
        nobody else can come in time: the job stays with its vehicle, whatever else it does in between.
        """
        problem = self.problem
        stops = [stop.place for job in problem.jobs for stop in (job.delivery, job.pickup) if stop]
        ends = [place for v in problem.vehicles for place in (v.start, v.end) if place is not None]
        used = sorted({*stops, *ends})
        self._at = {place: row for row, place in enumerate(used)}
        laden = sorted({job.vehicle for job in problem.jobs if job.vehicle is not None})
        self._own = {vehicle: len(used) + row for row, vehicle in enumerate(laden)}
        self._anywhere = len(used) + len(laden)
        origin = np.array([*used, *(problem.vehicles[vehicle].start for vehicle in laden), used[0]])
        distance = np.rint(problem.distance[np.ix_(origin, origin)] * self._costs)
        duration = np.ceil(problem.duration[np.ix_(origin, origin)] * self._times - _SLACK)
        far, late = (
            20 * distance.max() + 1,
            2 * duration.max() + self._up(max(v.ready for v in problem.vehicles)) + 1,
        )
        for vehicle in laden:
            own = self._own[vehicle]
            others = np.arange(len(origin)) != own
            distance[others, own], duration[others, own] = far, late
        distance[:, self._anywhere] = distance[self._anywhere] = 0
        duration[:, self._anywhere] = duration[self._anywhere] = 0
        self._distance, self._duration = distance.astype(np.int64), duration.astype(np.int64)

    def _type_all(self) -> None:
        """Vehicles that are alike and carry nothing are one type; each that carries is a type of its own."""
        groups: dict[tuple[Vehicle, int | None], list[int]] = {}
        for index, vehicle in enumerate(self.problem.vehicles):
            groups.setdefault((vehicle, index if index in self._own else None), []).append(index)
        self._members = list(groups.values())
        self._type_of = {index: kind for kind, members in enumerate(self._members) for index in members}
        self._depots: list[int] = []
        self._types = [self._type(vehicle, own, members) for (vehicle, own), members in groups.items()]

    def _depot(self, location: int) -> int:
        if location not in self._depots:
            self._depots.append(location)
        return self._depots.index(location)

    def _type(self, vehicle: Vehicle, own: int | None, members: list[int]) -> pyvrp.VehicleType:
        start = self._at[vehicle.start] if own is None else self._own[own]
        end = self._anywhere if vehicle.end is None else self._at[vehicle.end]
        return pyvrp.VehicleType(
            num_available=len(members),
            capacity=[floor(vehicle.capacity * self._loads + _SLACK)],
            start_depot=self._depot(start),
            end_depot=self._depot(end),
            fixed_cost=round(vehicle.fixed * self._costs),
            tw_early=self._up(vehicle.ready),
            tw_late=self._down(vehicle.until),
            max_distance=_LATE if vehicle.range == inf else floor(vehicle.range * self._costs + _SLACK),
        )

    def _client(self, index: int) -> pyvrp.Client:
        job = self.problem.jobs[index]
        stop = job.delivery
        return pyvrp.Client(
            self._at[stop.place],
            delivery=[self._load(job.load)],
            service_duration=self._up(stop.service),
            tw_early=self._up(stop.opens),
            tw_late=self._down(stop.closes),
            prize=round((job.prize or 0) * self._costs),
            required=job.is_required,
        )

    def _shipment(self, index: int) -> pyvrp.Shipment:
        job = self.problem.jobs[index]
        pickup = job.pickup
        if pickup is not None:
            place = self._at[pickup.place]
        else:
            assert job.vehicle is not None, "shipments have a pickup or a vehicle"
            ready = self.problem.vehicles[job.vehicle].ready
            pickup, place = Stop(0, 0.0, ready), self._own[job.vehicle]
        return pyvrp.Shipment(
            place,
            self._at[job.delivery.place],
            pickup_tw_early=self._up(pickup.opens),
            pickup_tw_late=self._up(pickup.closes) if job.pickup is None else self._down(pickup.closes),
            pickup_service_duration=self._up(pickup.service),
            delivery_tw_early=self._up(job.delivery.opens),
            delivery_tw_late=self._down(job.delivery.closes),
            delivery_service_duration=self._up(job.delivery.service),
            amount=[self._load(job.load)],
            prize=round((job.prize or 0) * self._costs),
            required=job.is_required,
        )

    def _up(self, time: float) -> int:
        return ceil(time * self._times - _SLACK)

    def _down(self, time: float) -> int:
        return _LATE if time == inf else floor(time * self._times + _SLACK)

    def _load(self, load: float) -> int:
        return ceil(load * self._loads - _SLACK)

    def cost(self, solution: pyvrp.Solution) -> float:
        """In the problem's unit."""
        return pyvrp.CostEvaluator([0], 0, 0).cost(solution) / self._costs

    def tours(self, solution: pyvrp.Solution) -> list[Tour]:
        """Visits of each vehicle; those of a type share its routes in their order."""
        free = [list(members) for members in self._members]
        tours: list[Tour] = [()] * len(self.problem.vehicles)
        for route in solution.routes():
            vehicle = free[route.vehicle_type()].pop(0)
            visits = []
            for activity in route:
                if activity.type == pyvrp.ActivityType.CLIENT:
                    visits.append(Visit(self._from_depot[activity.idx], False))
                elif activity.type != pyvrp.ActivityType.DEPOT:
                    visits.append(
                        Visit(self._shipped[activity.idx], activity.type == pyvrp.ActivityType.PICKUP)
                    )
            on_board = {v.job for v in visits if self.problem.jobs[v.job].pickup is None}
            tours[vehicle] = tuple(v for v in visits if not (v.is_pickup and v.job in on_board))
        return tours

    def solution(self, tours: Sequence[Tour]) -> pyvrp.Solution:
        """PyVRP's form of tours."""
        client = {job: index for index, job in enumerate(self._from_depot)}
        shipment = {job: index for index, job in enumerate(self._shipped)}
        pickup, delivery = pyvrp.ActivityType.PICKUP, pyvrp.ActivityType.DELIVERY
        routes = []
        for vehicle, tour in enumerate(tours):
            steps = []
            for visit in tour:
                if self.problem.jobs[visit.job].vehicle is not None:
                    steps.insert(0, pyvrp.Activity(pickup, shipment[visit.job]))
            for visit in tour:
                if visit.job in client:
                    steps.append(pyvrp.Activity(pyvrp.ActivityType.CLIENT, client[visit.job]))
                else:
                    steps.append(pyvrp.Activity(pickup if visit.is_pickup else delivery, shipment[visit.job]))
            if steps:
                routes.append(pyvrp.Route(self.data, steps, self._type_of[vehicle]))
        return pyvrp.Solution(self.data, routes)


def _scale(numbers: Sequence[float] | npt.NDArray[np.float64], most: float) -> float:
    """A power of ten that brings the largest number near the most, and not above."""
    largest = max((float(number) for number in numbers), default=0.0)
    return 10.0 ** floor(log10(most / largest)) if largest > 0 else 1.0
