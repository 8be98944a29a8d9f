"""Tours by NVIDIA cuOpt, on a GPU, where `cuopt` is installed: after its documentation, not run on one.

cuOpt wants either pickups for all jobs or for none, times in whole numbers, and costs in single precision:
https://docs.nvidia.com/cuopt/user-guide/latest/cuopt-python/routing/routing-api.html
"""

from __future__ import annotations

import importlib
from math import ceil, floor, inf, log10
from typing import Any

import numpy as np

from ..errors import DispatchError
from .problem import Stop, TourProblem
from .stopwatch import Stopwatch
from .tours import Tour, Visit, cost_of

_LATE = np.iinfo(np.int32).max
_SUCCESS = 0


def search(problem: TourProblem, watch: Stopwatch) -> tuple[list[Tour] | None, list[tuple[float, float]]]:
    """Plan tours; see `with_pyvrp.search` for what comes back.

    Raises:
        DispatchError: cuOpt is not installed, or cannot take this mix of jobs.
    """
    try:
        routing: Any = importlib.import_module("cuopt.routing")
        cudf: Any = importlib.import_module("cudf")
    except ImportError:
        raise DispatchError(
            "cuOpt is not installed; it needs an NVIDIA GPU: pip install cuopt-cu13."
        ) from None
    orders = _Orders(problem)
    model = orders.model(routing, cudf)
    settings = routing.SolverSettings()
    settings.set_time_limit(max(0.1, watch.seconds - watch.elapsed()))
    answer = routing.Solve(model, settings)
    if answer.get_status() != _SUCCESS:
        return None, []
    tours = orders.tours(answer.get_route().to_pandas())
    return tours, [(watch.elapsed(), cost_of(problem, tours))]


class _Orders:
    """A problem as cuOpt's orders: one for each stop, pickups and deliveries in pairs."""

    def __init__(self, problem: TourProblem) -> None:
        self.problem = problem
        paired = [job.pickup is not None or job.vehicle is not None for job in problem.jobs]
        if any(paired) and not all(paired):
            raise DispatchError(
                "cuOpt takes pickups for all jobs or for none; some of these have one, others not."
            )
        self.is_paired = any(paired)
        self.visits: list[Visit] = []
        self.stops: list[Stop] = []
        for index, job in enumerate(problem.jobs):
            if self.is_paired:
                self.visits.append(Visit(index, True))
                self.stops.append(job.pickup or self._on_board(job.vehicle))
            self.visits.append(Visit(index, False))
            self.stops.append(job.delivery)
        latest = [stop.closes for stop in self.stops] + [vehicle.until for vehicle in problem.vehicles]
        latest = [*(time for time in latest if time < inf), float(problem.duration.max())]
        self._times = 10.0 ** floor(log10(1e8 / max(latest))) if max(latest) > 0 else 1.0

    def _on_board(self, vehicle: int | None) -> Stop:
        """What is on board is picked up where its vehicle starts, when it starts."""
        assert vehicle is not None, "jobs in pairs have a pickup or a vehicle"
        own = self.problem.vehicles[vehicle]
        return Stop(own.start, 0.0, own.ready)

    def _up(self, times: list[float]) -> np.ndarray:
        return np.array([ceil(time * self._times - 1e-4) for time in times], np.int32)

    def _down(self, times: list[float]) -> np.ndarray:
        return np.array([_LATE if t == inf else floor(t * self._times + 1e-4) for t in times], np.int32)

    def model(self, routing: Any, cudf: Any) -> Any:
        """cuOpt's data model."""
        problem, vehicles, jobs = self.problem, self.problem.vehicles, self.problem.jobs
        model = routing.DataModel(len(problem.distance), len(vehicles), len(self.stops))
        model.add_cost_matrix(cudf.DataFrame(problem.distance.astype(np.float32)))
        durations = np.ceil(problem.duration * self._times - 1e-4)
        model.add_transit_time_matrix(cudf.DataFrame(durations.astype(np.float32)))
        model.set_order_locations(cudf.Series([stop.place for stop in self.stops], dtype="int32"))
        model.set_order_time_windows(
            cudf.Series(self._up([stop.opens for stop in self.stops])),
            cudf.Series(self._down([stop.closes for stop in self.stops])),
        )
        model.set_order_service_times(cudf.Series(self._up([stop.service for stop in self.stops])))
        scale = 1.0 if all(float(job.load).is_integer() for job in jobs) else 1000.0
        signs = [1 if visit.is_pickup or not self.is_paired else -1 for visit in self.visits]
        loads = [
            ceil(jobs[v.job].load * scale - 1e-4) * sign for v, sign in zip(self.visits, signs, strict=True)
        ]
        most = [floor(vehicle.capacity * scale + 1e-4) for vehicle in vehicles]
        model.add_capacity_dimension(
            "load", cudf.Series(loads, dtype="int32"), cudf.Series(most, dtype="int32")
        )
        self._vehicles(model, cudf)
        if self.is_paired:
            pickups = np.arange(0, len(self.stops), 2, dtype=np.int32)
            model.set_pickup_delivery_pairs(cudf.Series(pickups), cudf.Series(pickups + 1))
        for order, visit in enumerate(self.visits):
            if jobs[visit.job].vehicle is not None:
                model.add_order_vehicle_match(order, cudf.Series([jobs[visit.job].vehicle], dtype="int32"))
        if not all(job.is_required for job in jobs):
            model.set_order_prizes(cudf.Series(self._prizes(), dtype="float32"))
        return model

    def _vehicles(self, model: Any, cudf: Any) -> None:
        vehicles = self.problem.vehicles
        ends = [vehicle.start if vehicle.end is None else vehicle.end for vehicle in vehicles]
        model.set_vehicle_locations(
            cudf.Series([vehicle.start for vehicle in vehicles], dtype="int32"),
            cudf.Series(ends, dtype="int32"),
        )
        model.set_drop_return_trips(cudf.Series([vehicle.end is None for vehicle in vehicles], dtype="bool"))
        model.set_vehicle_time_windows(
            cudf.Series(self._up([vehicle.ready for vehicle in vehicles])),
            cudf.Series(self._down([vehicle.until for vehicle in vehicles])),
        )
        model.set_vehicle_fixed_costs(cudf.Series([vehicle.fixed for vehicle in vehicles], dtype="float32"))
        if any(vehicle.range < inf for vehicle in vehicles):
            most = [min(vehicle.range, float(np.finfo(np.float32).max)) for vehicle in vehicles]
            model.set_vehicle_max_costs(cudf.Series(most, dtype="float32"))

    def _prizes(self) -> list[float]:
        """Half of a job's prize for each stop of a pair; what is required is worth more than all ways."""
        jobs, share = self.problem.jobs, 2 if self.is_paired else 1
        longest = float(self.problem.distance.max()) * (len(self.stops) + 2 * len(self.problem.vehicles))
        most = longest + sum(job.prize or 0.0 for job in jobs)
        wanted = [most if jobs[v.job].is_required else jobs[v.job].prize or 0.0 for v in self.visits]
        return [prize / share for prize in wanted]

    def tours(self, route: Any) -> list[Tour]:
        """Visits of each vehicle, from the table of `Assignment.get_route`."""
        tours: list[list[Visit]] = [[] for _ in self.problem.vehicles]
        for order, vehicle, kind in zip(route["route"], route["truck_id"], route["type"], strict=True):
            if kind in ("Pickup", "Delivery"):
                visit = self.visits[int(order)]
                if not (visit.is_pickup and self.problem.jobs[visit.job].vehicle is not None):
                    tours[int(vehicle)].append(visit)
        return [tuple(tour) for tour in tours]
