"""Batteries: no robot runs empty where the numbers allow it, and every charger has one robot at a time."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.fleet.errors import FleetError
from gaitway.fleet.graph import grid_graph
from gaitway.fleet.lifelong.battery import Battery
from gaitway.fleet.lifelong.charging import Charging
from gaitway.fleet.lifelong.traffic import Traffic
from gaitway.fleet.maps.layouts import shelves
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st

GRAPH = grid_graph(shelves("small", (12, 20), (6, 2), (2, 2), (2, 2)).free)
WALL = GRAPH.at([(0, y) for y in range(0, 12, 2)])


def run(battery: Battery, robots: int, chargers: int, steps: int, seed: int, blocked_at: int = -1):
    """Errands for all, with an account of our own of every battery.

    Returns:
        The lowest level that was seen, errands and charges of each robot, and the traffic.
    """
    rng = np.random.default_rng(seed)
    traffic = Traffic(GRAPH, rng.permutation(len(GRAPH))[:robots])
    level = rng.uniform(battery.low, 1, robots)
    charging = Charging(traffic, WALL[:chargers], battery, level)
    ends = np.setdiff1d(np.flatnonzero(traffic.core), WALL)
    free, lowest = np.arange(robots), 1.0
    errands, charges = np.zeros(robots, int), np.zeros(robots, int)
    for step in range(steps):
        refused = charging.send(free, rng.choice(ends, len(free)))
        errands[np.setdiff1d(free, refused)] += 1
        if step == blocked_at:
            traffic.change(np.arange(len(GRAPH)) == WALL[0])
        before = traffic.cell.copy(), traffic.heading.copy()
        arrived = traffic.step()
        moved = (traffic.cell != before[0]) | (traffic.heading != before[1])
        has = charging.charger >= 0
        at_charger = has & (traffic.cell == WALL[np.where(has, charging.charger, 0)])
        lost = np.where(moved, battery.moving, battery.standing)
        level = np.clip(np.where(at_charger, level + battery.charging, level - lost), 0, 1)
        free = charging.step(arrived)
        assert np.allclose(charging.level, level)
        taken = charging.charger[charging.charger >= 0]
        assert len(np.unique(taken)) == len(taken)
        charges += at_charger & (charging.charger == -1)
        lowest = min(lowest, float(level.min()))
    return lowest, errands, charges, traffic


@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    robots=st.integers(2, 24),
    chargers=st.integers(1, 6),
    moving=st.floats(0.0005, 0.003),
    ease=st.floats(0.0, 0.3),
    rate=st.floats(0.002, 0.05),
    seed=st.integers(0, 99),
)
@example(robots=24, chargers=6, moving=0.002, ease=0.2, rate=0.02, seed=0)
def test_no_robot_runs_empty_where_the_numbers_allow_it(robots, chargers, moving, ease, rate, seed):
    battery = Battery(moving, ease * moving, rate)
    assume(battery.carries(robots, chargers))
    steps = 500
    lowest, errands, charges, _ = run(battery, robots, chargers, steps, seed)
    assert lowest > 0
    assert errands.min() > 2
    if moving * steps > 2:
        assert charges.min() >= 1


def test_a_charger_that_is_blocked_is_left_for_another():
    battery = Battery(0.002, 0.0004, 0.02)
    lowest, errands, _, traffic = run(battery, 12, 3, 500, 1, blocked_at=200)
    assert lowest > 0 and errands[traffic.active].min() > 3


def test_an_errand_without_a_way_back_is_not_taken():
    traffic = Traffic(GRAPH, GRAPH.at([(19, 6), (18, 6)]))
    charging = Charging(traffic, WALL[:1], Battery(0.004, 0.0, 0.02, reserve=0.1), [0.5, 0.95])
    goal = GRAPH.at([(19, 0), (19, 1)])
    # Some 8 steps there and 20 back, twice: 0.1 and 56 x 0.004.
    assert charging.send([0, 1], goal).tolist() == []
    charging.level[:] = 0.2
    traffic.recall([0, 1])
    assert charging.send([0, 1], goal).tolist() == [0, 1]
    with pytest.raises(FleetError, match="Robot 0 charges"):
        charging.send([0], goal[:1])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda t: Charging(t, [], Battery(0.001, 0, 0.1)), "one or more, each once"),
        (lambda t: Charging(t, [WALL[0], WALL[0]], Battery(0.001, 0, 0.1)), "each once"),
        (lambda t: Charging(t, WALL, Battery(0.001, 0, 0.1), 1.5), "from 0 to 1"),
        (lambda t: Battery(0.0, 0, 0.1), "cannot be"),
        (lambda t: Battery(0.001, 0.002, 0.1), "standing below moving"),
        (lambda t: Battery(0.001, 0, 0.1, low=0.05), "must rise"),
        (
            lambda t: Charging(t, WALL[:1], Battery(0.05, 0, 0.1)).send([0], [WALL[5]]),
            "more than a full battery",
        ),
    ],
)
def test_bad_numbers_are_refused(make, sentence):
    with pytest.raises(FleetError, match=sentence):
        make(Traffic(GRAPH, GRAPH.at([(19, 6)])))
