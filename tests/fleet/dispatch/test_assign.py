"""Single orders: against every matching, and with orders that keep coming."""

from __future__ import annotations

import itertools
from math import inf

import numpy as np
import pytest
from gaitway.fleet.dispatch.assign import assign
from gaitway.fleet.errors import DispatchError
from hypothesis import given, settings
from hypothesis import strategies as st


def best_pairs(cost):
    """(how many pairs, their least cost) of all matchings."""
    orders, vehicles = cost.shape
    best = (0, 0.0)
    columns = [*range(vehicles), *([None] * orders)]
    for chosen in set(itertools.permutations(columns, orders)):
        pairs = [(o, v) for o, v in enumerate(chosen) if v is not None and cost[o, v] < inf]
        best = min(best, (-len(pairs), sum(cost[o, v] for o, v in pairs)))
    return -best[0], best[1]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 3).flatmap(
        lambda orders: st.integers(1, 3).flatmap(
            lambda vehicles: st.lists(
                st.lists(
                    st.sampled_from([0.0, 1.0, 3.0, 7.0, 50.0, inf]), min_size=vehicles, max_size=vehicles
                ),
                min_size=orders,
                max_size=orders,
            )
        )
    )
)
def test_as_many_as_can_be_at_the_least_cost(table):
    cost = np.array(table)
    made = assign(cost)
    taken = made.vehicle[made.vehicle >= 0]
    assert len(set(taken)) == len(taken)
    assert (len(taken), made.cost) == best_pairs(cost)
    assert set(made.waits) == set(np.flatnonzero(made.vehicle < 0))


def test_an_old_order_goes_before_nearer_ones():
    cost = [[1.0], [100.0], [inf]]
    assert assign(cost).vehicle.tolist() == [0, -1, -1]
    aged = assign(cost, ages=[0.0, 120.0, 500.0])
    assert aged.vehicle.tolist() == [-1, 0, -1] and aged.cost == 100.0
    assert aged.waits[0] == "Each of the 1 vehicles that can do it has an order that is nearer or older."
    assert aged.waits[2] == "None of the 1 vehicles can do it."


@pytest.mark.parametrize(("bonus", "waits_for_ever"), [(0.0, True), (1.0, False)])
def test_none_waits_for_ever_while_near_ones_keep_coming(bonus, waits_for_ever):
    far, age = 100.0, 0.0
    for _ in range(300):
        if assign([[1.0], [far]], [0.0, age], bonus).vehicle[1] == 0:
            break
        age += 1.0
    assert (age >= 300) == waits_for_ever


@pytest.mark.parametrize(
    ("cost", "ages", "sentence"),
    [
        ([1.0], None, "table"),
        ([[np.nan]], None, "NaN"),
        ([[1.0]], [1.0, 2.0], "Ages"),
        ([[1.0]], [inf], "Ages"),
    ],
)
def test_what_cannot_be_is_refused(cost, ages, sentence):
    with pytest.raises(DispatchError, match=sentence):
        assign(cost, ages)


def test_nobody_to_send():
    assert assign(np.empty((2, 0))).waits == {0: "There is no vehicle.", 1: "There is no vehicle."}
    assert assign(np.empty((0, 2))).vehicle.tolist() == []
