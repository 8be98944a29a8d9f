"""One-way lanes: honoured by ways, and no place is left in which robots could lock."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.fleet.core import core
from gaitway.fleet.errors import ScenarioError
from gaitway.fleet.graph import STEP_XY, Graph, grid_graph
from gaitway.fleet.lifelong.traffic import Traffic
from gaitway.fleet.maps.layouts import shelves
from gaitway.fleet.pockets import pockets, without_pockets

EAST, SOUTH, WEST, NORTH = range(4)


def ring_with_a_pocket() -> Graph:
    """A hall of 6 x 5 with two walls; the passage between them is entered from the west by a one-way move."""
    free = np.ones((5, 6), bool)
    free[[1, 3], 1:5] = False
    graph = grid_graph(free)
    closed = np.zeros((len(graph), 4), bool)
    closed[graph.at([(1, 2)]), WEST] = True
    return graph.closed(closed)


def random_graph(seed: int) -> Graph:
    rng = np.random.default_rng(seed)
    graph = grid_graph(rng.random((6, 7)) < 0.85)
    return graph.closed(rng.random((len(graph), 4)) < 0.15)


def as_digraph(graph: Graph):
    networkx = pytest.importorskip("networkx")
    found = networkx.DiGraph()
    found.add_nodes_from(range(len(graph)))
    found.add_edges_from((v, int(u)) for v in range(len(graph)) for u in graph.ahead[v] if u >= 0)
    return networkx, found


@pytest.mark.parametrize("seed", range(15))
def test_the_core_and_its_pockets_are_what_networkx_says(seed):
    graph = random_graph(seed)
    networkx, whole = as_digraph(graph)
    blocks = [
        block
        for part in networkx.strongly_connected_components(whole)
        for block in networkx.biconnected_components(whole.subgraph(part).to_undirected())
    ]
    inside = core(graph)
    block = set(np.flatnonzero(inside).tolist())
    assert block in [found for found in blocks if len(found) == max(map(len, blocks))]
    robots = len(block) // 2
    expected = np.zeros((len(graph), 4), bool)
    for v in block:
        rest = whole.subgraph(block - {v})
        for h, u in enumerate(graph.ahead[v].tolist()):
            if u in block:
                expected[v, h] = 1 + len(networkx.descendants(rest, u)) < robots
    assert np.array_equal(pockets(graph, inside, robots), expected)


def test_a_pocket_is_closed_or_refused():
    graph = ring_with_a_pocket()
    # West along the passage: who stands there can leave only by the cell where the move began.
    with pytest.raises(ScenarioError, match="8 robots could lock at x 2, y 2"):
        Traffic(graph, np.arange(8))
    Traffic(graph, [0])
    mended, inside = without_pockets(graph, 8)
    assert inside.all() and not pockets(mended, inside, 8).any()
    assert int((mended.ahead != graph.ahead).sum()) == 4


@pytest.mark.parametrize("turning", [True, False])
def test_a_full_circuit_of_one_way_lanes_goes_on(turning):
    """Every aisle between shelves leads one way; all moves follow, and everybody arrives."""
    free = shelves("small", (12, 20), (6, 2), (2, 2), (2, 2)).free
    graph = grid_graph(free)
    x, y = graph.xy.T
    closed = np.zeros((len(graph), 4), bool)
    middle = (x > 2) & (x < 17)
    closed[middle & (y % 2 == 0), WEST] = closed[middle & (y % 2 == 1), EAST] = True
    graph = graph.closed(closed)
    rng = np.random.default_rng(4)
    traffic = Traffic(graph, rng.permutation(np.flatnonzero(core(graph)))[:60], turning=turning)
    ends = np.flatnonzero(traffic.core)
    traffic.send(np.arange(60), rng.choice(ends, 60))
    arrivals = np.zeros(60, int)
    for _ in range(400):
        before = traffic.cell.copy()
        arrived = traffic.step()
        moved = np.flatnonzero(traffic.cell != before)
        assert (graph.ahead[before[moved]] == traffic.cell[moved, None]).any(1).all()
        assert len(np.unique(traffic.cell)) == 60
        arrivals[arrived] += 1
        traffic.send(arrived, rng.choice(ends, len(arrived)))
    assert arrivals.min() >= 1


def test_a_blocked_one_way_lane_holds_who_is_inside_and_nobody_enters():
    free = np.ones((5, 8), bool)
    free[[1, 3], 1:7] = False
    graph = grid_graph(free)
    closed = np.zeros((len(graph), 4), bool)
    lane = graph.at([(x, 2) for x in range(1, 8)])
    closed[lane, WEST] = True
    graph = graph.closed(closed)
    start = graph.at([(2, 2), (6, 2), (0, 0), (0, 4), (7, 0), (7, 4), (0, 1)])
    traffic = Traffic(graph, start)
    blocked = np.zeros(len(graph), bool)
    blocked[graph.at([(4, 2)])] = True
    change = traffic.change(blocked)
    assert change.held.tolist() == [0] and traffic.active[1]
    dead = graph.at([(1, 2), (3, 2)])
    outside = np.flatnonzero(traffic.core)
    rng = np.random.default_rng(0)
    for _ in range(150):
        free_robots = np.flatnonzero(traffic.active & (traffic.goal < 0))
        # Every second one is left idle, and must not give way into the dead end.
        some = free_robots[rng.random(len(free_robots)) < 0.5]
        traffic.send(some, rng.choice(outside, len(some)))
        traffic.step()
        assert not np.isin(traffic.cell, dead).any()
    assert traffic.change(np.zeros(len(graph), bool)).released.tolist() == [0]
    assert (STEP_XY[EAST] == (1, 0)).all()


def passage_full_of_robots() -> tuple[Traffic, np.ndarray]:
    """Four robots in the passage want out, and one on the cell before its only way out wants in, first."""
    graph = ring_with_a_pocket()
    inside = [(x, 2) for x in range(1, 5)]
    traffic = Traffic(graph, graph.at([(5, 2), *inside]), turning=False)
    goals = graph.at([(1, 2), (0, 0), (1, 0), (2, 0), (3, 0)])
    traffic.send(np.arange(5), goals, [100, 0, 0, 0, 0])
    return traffic, goals


def arrived_in(traffic: Traffic, steps: int) -> set[int]:
    return {int(robot) for _ in range(steps) for robot in traffic.step()}


def test_robots_lock_where_a_pocket_is_left_open_and_not_where_it_is_closed(monkeypatch):
    with pytest.raises(ScenarioError, match="could lock"):
        passage_full_of_robots()
    monkeypatch.setattr(
        "gaitway.fleet.lifelong.traffic.pockets", lambda graph, *_: np.zeros((len(graph), 4), bool)
    )
    traffic, _ = passage_full_of_robots()
    assert not arrived_in(traffic, 300)
    # Any change of the map closes moves into pockets; the robots get out and in.
    traffic.change(np.zeros(len(traffic.graph), bool))
    assert arrived_in(traffic, 60) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("seed", range(8))
def test_random_one_way_maps_do_not_lock(seed):
    """As full as they may be, with late robots: everybody arrives."""
    rng = np.random.default_rng(seed)
    graph = grid_graph(rng.random((6, 7)) < rng.uniform(0.8, 1))
    graph = graph.closed(rng.random((len(graph), 4)) < rng.uniform(0.02, 0.12))
    graph, inside = without_pockets(graph, len(graph))
    graph = graph.part(inside)
    if len(graph) < 6:
        pytest.skip("nothing is left of this map")
    robots = int(rng.integers(2, len(graph)))
    traffic = Traffic(graph, rng.permutation(len(graph))[:robots], turning=bool(seed % 2), footprint=1.0)
    arrivals, ready = np.zeros(robots, int), np.arange(robots)
    for _ in range(800):
        traffic.send(ready, rng.integers(0, len(graph), len(ready)))
        ready = traffic.step(rng.random(robots) > 0.2)
        arrivals[ready] += 1
    assert arrivals.min() >= 1
