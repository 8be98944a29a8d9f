"""Dispatch that goes on: open orders and vehicles as they are now, planned again from the last plan.

What a vehicle has on board stays there. Everything else may change hands until it is picked up: an order that
came later, a vehicle that failed, a way that closed. A plan is kept as far as it still holds, and made better
in the time that is left, so a plan is there at any moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from ..errors import DispatchError
from ..orders.order import Order
from .plan import Backend, plan_tours
from .problem import Job, Matrix, Stop, TourProblem, Vehicle
from .tours import Tour, Visit


@dataclass(frozen=True)
class Site:
    """Where loads are picked up and brought to.

    Attributes:
        place: row of the matrices.
        service: s that a pickup or a delivery takes there.
    """

    place: int
    service: float = 0.0


@dataclass(frozen=True)
class Worker:
    """A vehicle as it is now.

    Attributes:
        name: of the vehicle.
        place: where it is, or will be when it is free to turn.
        free: s, when that is.
        capacity: the most that it holds at a time.
        range: that its battery still gives, in the unit of the distances, without the reserve.
        charger: place where its tour must end; none if it never charges.
        is_able: whether it can be sent at all.
    """

    name: str
    place: int
    free: float = 0.0
    capacity: float = 1.0
    range: float = inf
    charger: int | None = None
    is_able: bool = True


@dataclass(frozen=True)
class Errand:
    """A stop of a vehicle's tour.

    Attributes:
        order: id.
        stage: what has been done when it leaves: `picked` or `delivered`.
        place: row of the matrices.
        begin: s.
    """

    order: str
    stage: str
    place: int
    begin: float


@dataclass(frozen=True)
class Plan:
    """What every vehicle does next.

    Attributes:
        tours: errands of each vehicle by name, perhaps none.
        waits: why each order that nobody does waits.
        late: orders that will be delivered after they are due, or would be.
        charge: vehicles without an errand that must go to their charger.
        cost: see `Tours`.
        gap: the most by which the plan may be dearer than the best, as a share.
        history: (s since the call, cost) of each improvement.
    """

    tours: dict[str, tuple[Errand, ...]] = field(default_factory=dict)
    waits: dict[str, str] = field(default_factory=dict)
    late: tuple[str, ...] = ()
    charge: tuple[str, ...] = ()
    cost: float = 0.0
    gap: float = 0.0
    history: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Policy:
    """What matters how much, in units of distance.

    Attributes:
        worth: of an order; high enough that each that can be done is.
        per_second: more for each second since it was created: none waits for ever.
        per_priority: more for each step of priority.
        least_range: a vehicle with less goes to its charger instead of taking new orders.
    """

    worth: float = 10_000.0
    per_second: float = 10.0
    per_priority: float = 100_000.0
    least_range: float = 0.0


def replan(
    now: float,
    orders: Sequence[Order],
    workers: Sequence[Worker],
    sites: Mapping[str, Site],
    distance: Matrix,
    duration: Matrix,
    seconds: float = 1.0,
    last: Plan | None = None,
    policy: Policy | None = None,
    backend: Backend = "auto",
    rounds: int | None = None,
) -> Plan:
    """Plan all open orders again.

    Args:
        now: s.
        orders: open ones; `picked` ones are on board of their vehicle.
        workers: vehicles.
        sites: of the orders' sources and targets, by name.
        distance: (P, P) what a way costs.
        duration: (P, P) s.
        seconds: for everything.
        last: plan to go on from.
        policy: what matters how much.
        backend: see `plan_tours`.
        rounds: see `plan_tours`.

    Raises:
        DispatchError: an order names a site or a vehicle that there is not, or see `plan_tours`.
    """
    view = _View(now, orders, workers, sites, duration, policy or Policy())
    if not view.able:
        waits = {order.id: "No vehicle can be sent." for order in view.orders}
        return Plan({worker.name: () for worker in workers}, view.stuck | waits, charge=view.charge)
    problem = TourProblem(distance, duration, view.jobs, view.vehicles)
    planned = plan_tours(problem, seconds, start=view.start(last), backend=backend, rounds=rounds)
    return view.plan(problem, planned.tours, planned.left, planned.cost, planned.gap, planned.history)


class _View:
    """Orders and workers as jobs and vehicles."""

    def __init__(
        self,
        now: float,
        orders: Sequence[Order],
        workers: Sequence[Worker],
        sites: Mapping[str, Site],
        duration: Matrix,
        policy: Policy,
    ) -> None:
        self.now, self.sites, self.duration, self.policy = now, sites, duration, policy
        self.workers = workers
        holders = {order.vehicle for order in orders if order.state == "picked"}
        known = {worker.name for worker in workers}
        if strangers := holders - known:
            raise DispatchError(f"An order is on board of {min(strangers)!r}, which is no vehicle here.")
        self.charge = tuple(
            w.name for w in workers if w.range < policy.least_range and w.name not in holders and w.is_able
        )
        self.able = [w for w in workers if w.is_able and w.name not in self.charge]
        self._row = {worker.name: row for row, worker in enumerate(self.able)}
        self.orders = [o for o in orders if o.state != "picked" or o.vehicle in self._row]
        self.stuck = {
            order.id: f"It is on board of {order.vehicle}, which cannot be sent."
            for order in orders
            if order.state == "picked" and order.vehicle not in self._row
        }
        self.vehicles = [
            Vehicle(w.place, w.charger, w.capacity, max(now, w.free), range=w.range, name=w.name)
            for w in self.able
        ]
        self.late: list[str] = []
        self.jobs = [self._job(order) for order in self.orders]

    def _site(self, order: Order, name: str) -> Site:
        if name not in self.sites:
            raise DispatchError(f"Order {order.id!r}: there is no site {name!r}.")
        return self.sites[name]

    def _job(self, order: Order) -> Job:
        target = self._site(order, order.target)
        on_board = order.state == "picked"
        source = None if on_board else self._site(order, order.source)
        due = order.due
        if self._soonest(order, source, target) > due:
            # It is late whatever is done: better late than never, and its age brings it forward.
            self.late.append(order.id)
            due = inf
        age = max(0.0, self.now - order.created)
        worth = self.policy.worth + self.policy.per_second * age + self.policy.per_priority * order.priority
        return Job(
            Stop(target.place, max(0.0, order.opens), max(due, order.opens, 0.0), target.service),
            None if source is None else Stop(source.place, 0.0, inf, source.service),
            order.load,
            self._row[order.vehicle] if on_board else None,
            max(0.0, worth),
            order.id,
        )

    def _soonest(self, order: Order, source: Site | None, target: Site) -> float:
        """s, when the order can be delivered by the vehicle that is nearest in time."""
        if source is None:
            vehicle = self.vehicles[self._row[order.vehicle]]
            return vehicle.ready + float(self.duration[vehicle.start, target.place])
        way = source.service + float(self.duration[source.place, target.place])
        there = (v.ready + float(self.duration[v.start, source.place]) for v in self.vehicles)
        return min(there, default=inf) + way

    def start(self, last: Plan | None) -> list[Tour]:
        """The last plan in terms of today's jobs: what is done or over is left out."""
        if last is None:
            return [()] * len(self.vehicles)
        job = {order.id: index for index, order in enumerate(self.orders)}
        tours = []
        for worker in self.able:
            tour = []
            for errand in last.tours.get(worker.name, ()):
                index = job.get(errand.order)
                if index is None:
                    continue
                order, is_pickup = self.orders[index], errand.stage == "picked"
                if order.state == "picked" and (is_pickup or order.vehicle != worker.name):
                    continue
                tour.append(Visit(index, is_pickup))
            paired = {visit.job for visit in tour if visit.is_pickup}
            tours.append(tuple(v for v in tour if v.job in paired or self.jobs[v.job].vehicle is not None))
        return tours

    def plan(
        self,
        problem: TourProblem,
        tours: Sequence[Tour],
        left: Mapping[int, str],
        cost: float,
        gap: float,
        history: tuple[tuple[float, float], ...],
    ) -> Plan:
        """Tours in terms of orders and vehicles."""
        errands: dict[str, tuple[Errand, ...]] = {worker.name: () for worker in self.workers}
        late = set(self.late)
        for worker, tour in zip(self.able, tours, strict=True):
            errands[worker.name] = tuple(self._errand(problem, visit) for visit in tour)
            for visit in tour:
                if not visit.is_pickup and visit.begin > self.orders[visit.job].due:
                    late.add(self.orders[visit.job].id)
        waits = self.stuck | {self.orders[job].id: reason for job, reason in left.items()}
        return Plan(errands, waits, tuple(sorted(late)), self.charge, cost, gap, history)

    def _errand(self, problem: TourProblem, visit: Visit) -> Errand:
        job = problem.jobs[visit.job]
        stop = job.pickup if visit.is_pickup and job.pickup else job.delivery
        stage = "picked" if visit.is_pickup else "delivered"
        return Errand(self.orders[visit.job].id, stage, stop.place, visit.begin)
