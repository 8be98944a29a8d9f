"""Congestion: full cells cost more, streams spread, and costs stay while somebody is late."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.fleet.errors import FleetError
from gaitway.fleet.graph import grid_graph
from gaitway.fleet.lifelong.congestion import EVERY, LONGEST, Congestion
from gaitway.fleet.lifelong.lanes import lane_weights
from gaitway.fleet.lifelong.traffic import Traffic
from gaitway.fleet.maps.layouts import shelves

# Three racks across, so that ways from north to south choose among four aisles of two cells.
HALL = shelves("racks", (30, 40), (2, 20), (8, 2), (4, 4))


def arrivals_of(strength: float, steps: int = 700, robots: int = 120) -> tuple[int, np.ndarray, np.ndarray]:
    """Arrivals after 300 steps, those of each robot, and the use of cells: from north to south and back."""
    graph = grid_graph(HALL.free)
    rng = np.random.default_rng(2)
    traffic = Traffic(graph, rng.permutation(len(graph))[:robots], weights=lane_weights(graph))
    congestion = Congestion(traffic, strength)
    north, south = (graph.at([(x, y) for x in range(4, 14)]) for y in (1, 28))
    to_south = rng.random(robots) < 0.5
    robots_now = np.arange(robots)
    late, each = 0, np.zeros(robots, int)
    for step in range(steps):
        goals = np.where(
            to_south[robots_now], rng.choice(south, len(robots_now)), rng.choice(north, len(robots_now))
        )
        traffic.send(robots_now, goals)
        to_south[robots_now] ^= True
        robots_now = traffic.step()
        congestion.step()
        each[robots_now] += 1
        late += len(robots_now) * (step > 300)
        assert len(np.unique(traffic.cell)) == robots
    return late, each, congestion.use


def test_streams_spread_and_more_robots_arrive():
    plain, _, plain_use = arrivals_of(0.0)
    spread, each, use = arrivals_of(15.0)
    assert spread > 1.05 * plain and each.min() >= 1
    assert np.quantile(use, 0.95) < np.quantile(plain_use, 0.95)


def test_costs_stay_while_somebody_is_late():
    graph = grid_graph(HALL.free)
    traffic = Traffic(graph, np.arange(20), weights=lane_weights(graph))
    congestion = Congestion(traffic)
    nobody = np.zeros(20, bool)
    traffic.send([0], [len(graph) - 1])
    costs = []
    for _ in range(LONGEST + 3 * EVERY):
        traffic.step(nobody)
        congestion.step()
        costs.append(traffic.weights)
    # Who stands for the whole time costs more and more, until the robot has been on its way for too long.
    assert (costs[LONGEST // 2] != costs[0]).any()
    assert all(cost is costs[LONGEST] for cost in costs[LONGEST:])


def test_no_strength_is_refused():
    with pytest.raises(FleetError, match="strength of congestion is -1"):
        Congestion(Traffic(grid_graph(HALL.free), [0]), -1)
