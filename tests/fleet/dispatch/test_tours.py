"""Tours against everything tried, for problems of every kind."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from gaitway.fleet.dispatch.bound import lower_bound
from gaitway.fleet.dispatch.construct import construct
from gaitway.fleet.dispatch.fewest import plan_fewest
from gaitway.fleet.dispatch.plan import plan_tours
from gaitway.fleet.dispatch.problem import Job, Stop, TourProblem, Vehicle
from gaitway.fleet.dispatch.tours import Visit, fault
from gaitway.fleet.errors import DispatchError, UnsolvableError
from hypothesis import given, settings
from hypothesis import strategies as st

from .exhaustive import best_cost, cost_of_plan, tour_cost

SECONDS = 60.0  # never reached: rounds end first


@st.composite
def problems(draw):
    """Up to three jobs of any kind and two vehicles, on points of a small grid."""
    points = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=4, max_size=6))
    xy = np.array(points, float)
    distance = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    place = st.integers(0, len(points) - 1)
    window = st.sampled_from([(0.0, inf), (0.0, 15.0), (5.0, 30.0), (10.0, 20.0)])
    vehicles = [
        Vehicle(
            draw(place),
            draw(st.none() | place),
            draw(st.sampled_from([1.0, 2.0, 3.0])),
            draw(st.sampled_from([0.0, 4.0])),
            draw(st.sampled_from([inf, 60.0])),
            draw(st.sampled_from([inf, 40.0])),
            draw(st.sampled_from([0.0, 3.0])),
        )
        for _ in range(draw(st.integers(1, 2)))
    ]
    jobs = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["pair", "pair", "depot", "on board"]))
        (opens, closes), (early, late) = draw(window), draw(window)
        delivery = Stop(draw(place), opens, closes, draw(st.sampled_from([0.0, 2.0])))
        pickup = Stop(draw(place), early, late, 1.0) if kind == "pair" else None
        holder = draw(st.integers(0, len(vehicles) - 1)) if kind == "on board" else None
        prize = draw(st.sampled_from([None, 5.0, 100.0]))
        jobs.append(Job(delivery, pickup, draw(st.sampled_from([1.0, 2.0])), holder, prize))
    return TourProblem(distance, distance, jobs, vehicles)


@settings(max_examples=30, deadline=None)
@given(problem=problems())
def test_as_good_as_everything_tried(problem):
    best = best_cost(problem)
    assert lower_bound(problem) <= best + 1e-9
    begin = construct(problem, ())
    assert begin is None or cost_of_plan(problem, begin) < inf
    try:
        tours = plan_tours(problem, SECONDS, backend="ruin", rounds=150)
    except UnsolvableError:
        assert best == inf
        return
    assert cost_of_plan(problem, tours.tours) == pytest.approx(tours.cost)
    assert tours.cost == pytest.approx(best) and tours.bound <= tours.cost
    for job, reason in tours.left.items():
        assert problem.jobs[job].prize is not None and reason.endswith(".")


@settings(max_examples=15, deadline=None)
@given(problem=problems())
def test_what_pyvrp_plans_holds(problem):
    """It need not be the best here: its search is made for many customers, and rarely tries to leave one."""
    try:
        tours = plan_tours(problem, SECONDS, backend="pyvrp", rounds=30)
    except UnsolvableError:
        return
    assert lower_bound(problem) - 1e-9 <= cost_of_plan(problem, tours.tours) == pytest.approx(tours.cost)


@settings(max_examples=40, deadline=None)
@given(problem=problems(), data=st.data())
def test_faults_are_those_that_an_independent_look_finds(problem, data):
    stops = [
        (job, up)
        for job, wanted in enumerate(problem.jobs)
        for up in (True, False)
        if not up or wanted.pickup
    ]
    order = data.draw(st.permutations(stops))
    vehicle = data.draw(st.integers(0, len(problem.vehicles) - 1))
    tour = tuple(Visit(job, up) for job, up in order)
    assert (fault(problem, vehicle, tour) is None) == (tour_cost(problem, vehicle, order) < inf)


def line(jobs, vehicles, places=10):
    """Places a metre apart in a row, a metre a second."""
    at = np.arange(places, dtype=float)
    distance = np.abs(at[:, None] - at[None])
    return TourProblem(distance, distance, jobs, vehicles)


@pytest.mark.parametrize(
    ("job", "vehicle", "sentence"),
    [
        (
            Job(Stop(3), Stop(1), 5.0, prize=99.0),
            Vehicle(0),
            "Its load is 5; the most that a vehicle holds is 1.",
        ),
        (
            Job(Stop(9), Stop(5, closes=4.0), prize=99.0),
            Vehicle(0),
            "Its pickup closes at 4 s; the earliest that a vehicle can be there is 5 s.",
        ),
        (
            Job(Stop(9, closes=8.0), Stop(5), prize=99.0),
            Vehicle(0),
            "Its delivery closes at 8 s; the earliest that a vehicle can be there is 9 s.",
        ),
        (Job(Stop(9), Stop(5), prize=99.0), Vehicle(0, 0, range=17.0), "has the range for it."),
        (Job(Stop(9), Stop(5), prize=99.0), Vehicle(0, 0, until=17.0), "back at the end of its shift."),
        (Job(Stop(9), Stop(5), prize=3.0), Vehicle(0), "has jobs that are worth more."),
    ],
)
@pytest.mark.parametrize("backend", ["ruin", "pyvrp"])
def test_why_a_job_waits(job, vehicle, sentence, backend):
    tours = plan_tours(line([job], [vehicle]), SECONDS, backend=backend, rounds=30)
    assert tours.left[0].endswith(sentence) and tours.tours == ((),)
    must = replace(job, prize=None)
    if not sentence.endswith("more."):
        with pytest.raises(UnsolvableError, match="must be done and cannot be"):
            plan_tours(line([must], [vehicle]), SECONDS, backend=backend, rounds=30)


def test_same_seed_same_tours():
    random = np.random.default_rng(3)
    jobs = [
        Job(Stop(int(random.integers(30))), Stop(int(random.integers(30))), prize=500.0) for _ in range(25)
    ]
    problem = line(jobs, [Vehicle(int(random.integers(30)), capacity=2.0) for _ in range(4)], 30)
    one, two = (plan_tours(problem, SECONDS, 7, backend="ruin", rounds=60) for _ in range(2))
    assert one.tours == two.tours and cost_of_plan(problem, one.tours) == pytest.approx(one.cost)
    costs = [cost for _, cost in one.history]
    assert costs == sorted(costs, reverse=True) and costs[-1] == pytest.approx(one.cost)
    assert one.cost < costs[0]


def test_fewer_vehicles_come_before_shorter_ways():
    # Two clusters left and right of the depot: one tour goes through both, two are as long but no shorter.
    jobs = [Job(Stop(place, service=1.0)) for place in (0, 1, 8, 9)]
    problem = line(jobs, [Vehicle(5, 5, 4.0)] * 4)
    tours = plan_fewest(problem, 0.3)
    assert sum(map(bool, tours.tours)) == 1 and len(tours.tours) == 4
    assert cost_of_plan(problem, tours.tours) == tours.cost == 18.0
    with pytest.raises(DispatchError, match="alike"):
        plan_fewest(line(jobs, [Vehicle(5), Vehicle(4)]), 0.3)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"vehicles": []}, "There is no vehicle"),
        ({"vehicles": [Vehicle(99)]}, "vehicle 0: place 99 is not among the 10 places"),
        ({"jobs": [Job(Stop(2), name="box")] * 2 + [Job(Stop(-1), name="crate")]}, "crate: place -1"),
        ({"jobs": [Job(Stop(2, 9.0, 5.0))]}, "job 0: opens at 9 s and closes at 5 s"),
        ({"jobs": [Job(Stop(2), load=-1.0)]}, "load and prize"),
        ({"jobs": [Job(Stop(2), Stop(3), vehicle=0)]}, "on board of a vehicle that exists"),
        ({"distance": np.ones((10, 10))}, "distance must be 0 on the diagonal"),
        ({"duration": np.full((10, 10), np.nan)}, "duration must be 10 x 10 numbers"),
    ],
)
def test_problems_that_cannot_be(change, sentence):
    with pytest.raises(DispatchError, match=sentence):
        replace(line([], [Vehicle(0)]), **change)
    with pytest.raises(DispatchError, match="seconds is -1"):
        plan_tours(line([], [Vehicle(0)]), -1.0)
