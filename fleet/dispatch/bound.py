"""What no tours can undercut: an assignment of successors to stops.

Every stop has one stop before it and one after it, and each vehicle leaves its start at most once. Dropping
all else but ways that can never be driven leaves an assignment problem, whose least cost bounds every plan's
from below. It comes near where windows are tight, and may be a third below the best where they are wide.
"""

from __future__ import annotations

from math import inf

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import csgraph_from_dense, shortest_path

from .problem import TourProblem
from .tours import TOLERANCE


def lower_bound(problem: TourProblem) -> float:
    """A cost that no tours undercut, infinite if there are none.

    Distances along longer ways than a straight one are assumed not to be shorter (the triangle inequality).
    """
    cost = _Successors(problem).table()
    far = 2.0 * cost[np.isfinite(cost)].sum() + 1.0
    rows, columns = linear_sum_assignment(np.where(np.isfinite(cost), cost, far))
    least = float(cost[rows, columns].sum())
    return max(0.0, least)


class _Successors:
    """Stops and vehicles of a problem as arrays, and which may follow which."""

    def __init__(self, problem: TourProblem) -> None:
        self.problem = problem
        listed = [
            (job, pickup, stop)
            for job, wanted in enumerate(problem.jobs)
            for pickup, stop in ((True, wanted.pickup), (False, wanted.delivery))
            if stop is not None
        ]
        self.job = np.array([job for job, _, _ in listed], int)
        self.is_pickup = np.array([pickup for _, pickup, _ in listed], bool)
        self.place = np.array([stop.place for _, _, stop in listed], int)
        self.opens, self.closes, self.service = (
            np.array([(stop.opens, stop.closes, stop.service) for _, _, stop in listed]).reshape(-1, 3).T
        )
        jobs = [problem.jobs[job] for job in self.job]
        self.load = np.array([job.load for job in jobs])
        self.needs_pickup = np.array([job.pickup is not None for job in jobs], bool)
        self.owner = np.array([-1 if job.vehicle is None else job.vehicle for job in jobs], int)
        # Each stop of a job that is left pays its share of the prize.
        self.prize = np.array(
            [inf if job.is_required else (job.prize or 0.0) / (2 if job.pickup else 1) for job in jobs]
        )

    def table(self) -> npt.NDArray[np.float64]:
        """Square, cost of each successor: rows are stops, then starts; columns are stops, then ends."""
        problem, vehicles, n = self.problem, self.problem.vehicles, len(self.job)
        start = np.array([vehicle.start for vehicle in vehicles])
        ready = np.array([vehicle.ready for vehicle in vehicles])
        fixed = np.array([vehicle.fixed for vehicle in vehicles])
        # Two places may be at no distance; zeros would mean that there is no way.
        quickest = shortest_path(csgraph_from_dense(problem.duration, null_value=inf))
        arrival = ready[:, None] + quickest[np.ix_(start, self.place)]
        earliest = np.maximum(arrival.min(axis=0, initial=inf), self.opens)
        cost = np.zeros((n + len(vehicles), n + len(vehicles)))
        ways = problem.distance[np.ix_(self.place, self.place)].copy()
        leave = earliest + self.service
        reach = leave[:, None] + quickest[np.ix_(self.place, self.place)]
        ways[(reach > self.closes + TOLERANCE) | ~self._may_follow()] = inf
        np.fill_diagonal(ways, self.prize)
        out = problem.distance[np.ix_(start, self.place)] + fixed[:, None]
        out[arrival > self.closes + TOLERANCE] = inf
        out[:, ~self.is_pickup & self.needs_pickup] = inf
        for stop in np.flatnonzero(self.owner >= 0):
            out[np.arange(len(vehicles)) != self.owner[stop], stop] = inf
        home = np.zeros((n, len(vehicles)))
        for index, vehicle in enumerate(vehicles):
            if vehicle.end is not None:
                home[:, index] = problem.distance[self.place, vehicle.end]
                late = leave + quickest[self.place, vehicle.end] > vehicle.until + TOLERANCE
                home[late, index] = inf
        home[self.is_pickup] = inf
        cost[:n, :n], cost[n:, :n], cost[:n, n:] = ways, out, home
        return cost

    def _may_follow(self) -> npt.NDArray[np.bool_]:
        """(stops, stops): no delivery before its pickup, no two loads that nobody can hold at a time."""
        same = self.job[:, None] == self.job[None]
        may = ~(same & ~self.is_pickup[:, None] & self.is_pickup[None])
        most = max(vehicle.capacity for vehicle in self.problem.vehicles)
        together = self.load[:, None] + self.load[None] > most * (1 + TOLERANCE)
        # After a pickup its load is on board, at another pickup as well as at the delivery of another.
        held = self.is_pickup[:, None] & self.needs_pickup[None]
        return may & ~(held & together & ~same)
