"""What tours are planned for: places, jobs with windows and loads, vehicles with capacities and ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np
import numpy.typing as npt

from ..errors import DispatchError

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stop:
    """Where and when something is done.

    Attributes:
        place: row of the problem's matrices.
        opens: s; who comes earlier waits.
        closes: s; the latest begin of service.
        service: s, from begin to end.
    """

    place: int
    opens: float = 0.0
    closes: float = inf
    service: float = 0.0


@dataclass(frozen=True)
class Job:
    """A load to be brought to a place.

    Attributes:
        delivery: where it goes.
        pickup: where it waits; none if it is on board when the tour begins.
        load: in the unit of the vehicles' capacities.
        vehicle: whose it is, if it is on board already; such a job must be done. A job that has neither
            pickup nor vehicle is loaded by whoever takes it before he leaves, as in a depot.
        prize: the cost that it is worth at the most; without one it must be done.
        name: for messages.
    """

    delivery: Stop
    pickup: Stop | None = None
    load: float = 1.0
    vehicle: int | None = None
    prize: float | None = None
    name: str = ""

    @property
    def is_required(self) -> bool:
        """Whether tours without it are none."""
        return self.prize is None or self.vehicle is not None


@dataclass(frozen=True)
class Vehicle:
    """Who carries loads.

    Attributes:
        start: place where it is.
        end: place where its tour must end, a charger for instance; none if it may stay at its last stop.
        capacity: the most that it holds at a time.
        ready: s; when it may leave.
        until: s; when it must be at its end.
        range: of its battery, in the unit of the distances.
        fixed: cost of using it at all.
        name: for messages.
    """

    start: int
    end: int | None = None
    capacity: float = 1.0
    ready: float = 0.0
    until: float = inf
    range: float = inf
    fixed: float = 0.0
    name: str = ""


@dataclass(frozen=True, eq=False)
class TourProblem:
    """Jobs, vehicles, and the ways between places.

    Attributes:
        distance: (P, P) what a way costs, 0 on the diagonal; metres, steps, or a field of `fleet/fields.py`.
        duration: (P, P) s.
        jobs: what is to be done.
        vehicles: who can do it.

    Raises:
        DispatchError: matrices, places or numbers that cannot be.
    """

    distance: Matrix
    duration: Matrix
    jobs: Sequence[Job]
    vehicles: Sequence[Vehicle] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        if not self.vehicles:
            raise DispatchError("There is no vehicle.")
        shape = (len(self.distance), len(self.distance))
        for what, matrix in (("distance", self.distance), ("duration", self.duration)):
            if matrix.shape != shape or not (np.isfinite(matrix) & (matrix >= 0)).all():
                raise DispatchError(f"{what} must be {shape[0]} x {shape[0]} numbers of 0 or more.")
            if matrix.diagonal().any():
                raise DispatchError(f"{what} must be 0 on the diagonal.")
        for index, vehicle in enumerate(self.vehicles):
            self._refuse_vehicle(vehicle, vehicle.name or f"vehicle {index}")
        for index, job in enumerate(self.jobs):
            self._refuse_job(job, job.name or f"job {index}")

    def _refuse_place(self, place: int, who: str) -> None:
        if not 0 <= place < len(self.distance):
            raise DispatchError(f"{who}: place {place} is not among the {len(self.distance)} places.")

    def _refuse_vehicle(self, vehicle: Vehicle, who: str) -> None:
        self._refuse_place(vehicle.start, who)
        if vehicle.end is not None:
            self._refuse_place(vehicle.end, who)
        if not (0 <= vehicle.ready < inf and vehicle.until >= vehicle.ready):
            raise DispatchError(f"{who}: must be ready at 0 s or later, and before {vehicle.until:g} s.")
        if not (0 <= vehicle.capacity < inf and vehicle.range >= 0 and 0 <= vehicle.fixed < inf):
            raise DispatchError(f"{who}: capacity, range and fixed cost must be 0 or more.")

    def _refuse_job(self, job: Job, who: str) -> None:
        for stop in (job.delivery, job.pickup):
            if stop is None:
                continue
            self._refuse_place(stop.place, who)
            if not (0 <= stop.opens < inf and stop.closes >= stop.opens and 0 <= stop.service < inf):
                raise DispatchError(f"{who}: opens at {stop.opens:g} s and closes at {stop.closes:g} s.")
        if not 0 <= job.load < inf or not (job.prize is None or 0 <= job.prize < inf):
            raise DispatchError(f"{who}: load and prize must be 0 or more.")
        if job.vehicle is None:
            return
        if job.pickup is not None or not 0 <= job.vehicle < len(self.vehicles):
            raise DispatchError(f"{who}: is on board of a vehicle that exists, or has a pickup.")
