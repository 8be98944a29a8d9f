"""The best tours of tiny problems by trying everything; shares no code with the planner but its data."""

from __future__ import annotations

import itertools
import math


def tour_cost(problem, index, stops):
    """Cost of a vehicle's stops, (job, is_pickup) in order; infinite if anything is wrong with them."""
    vehicle = problem.vehicles[index]
    if not stops:
        return 0.0
    done, time, place, way = set(), vehicle.ready, vehicle.start, 0.0
    load = sum(problem.jobs[job].load for job, up in stops if not up and problem.jobs[job].pickup is None)
    if load > vehicle.capacity + 1e-9:
        return math.inf
    for job, up in stops:
        wanted = problem.jobs[job]
        stop = wanted.pickup if up else wanted.delivery
        if wanted.vehicle is not None and wanted.vehicle != index:
            return math.inf
        if not up and wanted.pickup is not None and (job, True) not in done:
            return math.inf
        way += problem.distance[place, stop.place]
        time = max(stop.opens, time + problem.duration[place, stop.place])
        if time > stop.closes + 1e-9:
            return math.inf
        time, place = time + stop.service, stop.place
        load += wanted.load if up else -wanted.load
        if load > vehicle.capacity + 1e-9:
            return math.inf
        done.add((job, up))
    if vehicle.end is not None:
        way += problem.distance[place, vehicle.end]
        time += problem.duration[place, vehicle.end]
    if time > vehicle.until + 1e-9 or way > vehicle.range + 1e-9:
        return math.inf
    return way + vehicle.fixed


def best_cost(problem):
    """Least cost of all tours, infinite if there are none."""
    choices = [
        range(-1 if job.prize is not None and job.vehicle is None else 0, len(problem.vehicles))
        for job in problem.jobs
    ]
    cheapest_tour = {}

    def cheapest(vehicle, jobs):
        if (vehicle, jobs) not in cheapest_tour:
            stops = [(job, up) for job in jobs for up in (True, False) if not up or problem.jobs[job].pickup]
            orders = itertools.permutations(stops)
            cheapest_tour[vehicle, jobs] = min(tour_cost(problem, vehicle, order) for order in orders)
        return cheapest_tour[vehicle, jobs]

    best = math.inf
    for holders in itertools.product(*choices):
        cost = sum(problem.jobs[job].prize for job, holder in enumerate(holders) if holder < 0)
        for vehicle in range(len(problem.vehicles)):
            jobs = tuple(job for job, holder in enumerate(holders) if holder == vehicle)
            cost += cheapest(vehicle, jobs) if cost < best else 0.0
        best = min(best, cost)
    return best


def cost_of_plan(problem, tours):
    """Cost of a plan; infinite if a tour is wrong or a job is done twice."""
    stops = [[(visit.job, visit.is_pickup) for visit in tour] for tour in tours]
    everything = [stop for tour in stops for stop in tour]
    delivered = {job for job, up in everything if not up}
    if len(set(everything)) < len(everything):
        return math.inf
    for job, wanted in enumerate(problem.jobs):
        if job not in delivered and (wanted.prize is None or wanted.vehicle is not None):
            return math.inf
        if ((job, True) in everything) != (wanted.pickup is not None and job in delivered):
            return math.inf
    left = sum(job.prize for index, job in enumerate(problem.jobs) if index not in delivered)
    return left + sum(tour_cost(problem, vehicle, tour) for vehicle, tour in enumerate(stops))
