"""Orders planned again and again: what is on board stays, everything else may change hands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gaitway.fleet.dispatch.rolling import Policy, Site, Worker, replan
from gaitway.fleet.errors import DispatchError
from gaitway.fleet.orders.order import Order

PLACES = 30
AT = np.arange(PLACES, dtype=float)
DISTANCE = np.abs(AT[:, None] - AT[None])  # a metre apart in a row, a metre a second
SITES = {f"s{i}": Site(i, 1.0) for i in range(PLACES)}


def order(name, source, target, **fields):
    return Order(name, "pick", f"s{source}", f"s{target}", **fields)


def plan_of(orders, workers, now=0.0, last=None, **options):
    plan = replan(now, orders, workers, SITES, DISTANCE, DISTANCE, 60.0, last, rounds=100, **options)
    check(plan, orders, workers, now)
    return plan


def check(plan, orders, workers, now):
    """Each order is done once or waits; loads fit; who holds a load delivers it; nobody flies."""
    known, done = {o.id: o for o in orders}, []
    for worker in workers:
        load = sum(o.load for o in orders if o.state == "picked" and o.vehicle == worker.name)
        time, place, on_board = max(now, worker.free), worker.place, set()
        for errand in plan.tours[worker.name]:
            wanted = known[errand.order]
            assert f"s{errand.place}" == (wanted.source if errand.stage == "picked" else wanted.target)
            assert errand.begin >= time + abs(errand.place - place) - 1e-9
            time, place = errand.begin + 1.0, errand.place
            if errand.stage == "picked":
                on_board.add(errand.order)
                load += wanted.load
            else:
                assert errand.order in on_board or (
                    wanted.state == "picked" and wanted.vehicle == worker.name
                )
                load -= wanted.load
                done.append(errand.order)
            assert load <= worker.capacity
    assert sorted([*done, *plan.waits]) == sorted(known)


def test_what_is_on_board_is_kept_and_dropped_on_the_way():
    orders = [
        order("held", 0, 20, state="picked", vehicle="a", attempt=1),
        order("near", 12, 14),
    ]
    plan = plan_of(orders, [Worker("a", 10, capacity=2.0), Worker("b", 29, capacity=2.0)])
    assert [(e.order, e.stage) for e in plan.tours["a"]] == [
        ("near", "picked"),
        ("near", "delivered"),
        ("held", "delivered"),
    ]
    assert plan.cost == 10.0 and plan.tours["b"] == () and not plan.waits


def test_what_a_failed_vehicle_was_to_do_changes_hands():
    orders = [order("x", 5, 8), order("y", 20, 25)]
    workers = [Worker("a", 4), Worker("b", 18), Worker("c", 29)]
    plan = plan_of(orders, workers)
    assert [e.order for e in plan.tours["b"]] == ["y", "y"]
    workers[1] = replace(workers[1], is_able=False)
    again = plan_of(orders, workers, 1.0, plan)
    assert [e.order for e in again.tours["c"]] == ["y", "y"] and again.tours["a"][0].order == "x"


def test_the_last_plan_is_where_the_next_begins():
    random = np.random.default_rng(1)
    pairs = [random.choice(PLACES, 2, replace=False) for _ in range(20)]
    orders = [order(f"o{i}", a, b, created=float(-i)) for i, (a, b) in enumerate(pairs)]
    workers = [Worker(f"w{i}", int(random.integers(PLACES)), capacity=2.0) for i in range(4)]
    plan = plan_of(orders, workers)
    again = plan_of(orders, workers, 0.0, plan)
    assert again.history[0][1] == pytest.approx(plan.cost) and again.cost <= plan.cost
    # One is done, one is on board, one is new: the rest of the plan still holds.
    first = plan.tours["w0"][0].order
    changed = [
        replace(o, state="picked", vehicle="w0", attempt=1) if o.id == first else o
        for o in orders
        if o.id != plan.tours["w1"][0].order
    ]
    plan_of([*changed, order("late", 3, 4)], workers, 1.0, again)


def test_late_orders_are_done_and_said_to_be_late():
    plan = plan_of([order("x", 5, 8, due=3.0), order("y", 6, 9, due=100.0)], [Worker("a", 0)])
    assert plan.late == ("x",) and not plan.waits


def test_why_orders_wait():
    workers = [Worker("a", 0, range=12.0, charger=0), Worker("low", 10, range=2.0, charger=0)]
    orders = [order("far", 20, 21), order("heavy", 1, 2, load=9.0), order("here", 1, 3)]
    plan = plan_of(orders, workers, policy=Policy(least_range=5.0))
    assert plan.charge == ("low",) and plan.tours["low"] == ()
    assert plan.waits == {
        "far": "No vehicle that comes in time has the range for it.",
        "heavy": "Its load is 9; the most that a vehicle holds is 1.",
    }
    nobody = plan_of(orders, [replace(worker, is_able=False) for worker in workers])
    assert set(nobody.waits.values()) == {"No vehicle can be sent."}
    held = [order("held", 0, 20, state="picked", vehicle="a", attempt=1), orders[2]]
    broken = plan_of(held, [replace(workers[0], is_able=False), Worker("b", 29)])
    assert broken.waits == {"held": "It is on board of a, which cannot be sent."}


def test_age_and_priority_come_first_when_not_all_can_be_done():
    worker = Worker("a", 10, range=12.0, charger=10)
    young, old = order("young", 14, 15, created=99.0), order("old", 6, 5, created=0.0)
    assert set(plan_of([young, old], [worker], 100.0).waits) == {"young"}
    assert set(plan_of([replace(young, priority=1), old], [worker], 100.0).waits) == {"old"}


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (order("x", 40, 2), "Order 'x': there is no site 's40'"),
        (order("x", 1, 40), "Order 'x': there is no site 's40'"),
        (order("x", 1, 2, state="picked", vehicle="ghost", attempt=1), "on board of 'ghost'"),
    ],
)
def test_strangers_are_refused(made, sentence):
    with pytest.raises(DispatchError, match=sentence):
        replan(0.0, [made], [Worker("a", 0)], SITES, DISTANCE, DISTANCE, 1.0)
