"""Why a job waits."""

from __future__ import annotations

import numpy as np

from .problem import TourProblem


def why_left(problem: TourProblem, index: int) -> str:
    """A sentence on a job that no tour does: what no vehicle could do, or that all have more urgent ones."""
    job = problem.jobs[index]
    holding = [v for v in problem.vehicles if v.capacity >= job.load]
    if not holding:
        most = max(vehicle.capacity for vehicle in problem.vehicles)
        return f"Its load is {job.load:g}; the most that a vehicle holds is {most:g}."
    stops = [stop for stop in (job.pickup, job.delivery) if stop is not None]
    soonest, within, ended = np.full(len(stops), np.inf), False, False
    for vehicle in holding:
        time, place, way, is_early = vehicle.ready, vehicle.start, 0.0, True
        for at, stop in enumerate(stops):
            way += float(problem.distance[place, stop.place])
            time = max(time + float(problem.duration[place, stop.place]), stop.opens)
            soonest[at] = min(soonest[at], time)
            is_early &= time <= stop.closes
            time, place = time + stop.service, stop.place
        if vehicle.end is not None:
            way += float(problem.distance[place, vehicle.end])
            time += float(problem.duration[place, vehicle.end])
        within |= is_early and way <= vehicle.range
        ended |= is_early and way <= vehicle.range and time <= vehicle.until
    for at, stop in enumerate(stops):
        if soonest[at] > stop.closes:
            what = "pickup" if stop is job.pickup else "delivery"
            return (
                f"Its {what} closes at {stop.closes:g} s; the earliest that a vehicle can be there "
                f"is {soonest[at]:g} s."
            )
    if not within:
        return "No vehicle that comes in time has the range for it."
    if not ended:
        return "No vehicle that does it is back at the end of its shift."
    return "Every vehicle that can do it has jobs that are worth more."
