"""Lifelong traffic: no two robots ever touch, everybody arrives, late robots are waited for."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.fleet.core import core
from gaitway.fleet.errors import FleetError
from gaitway.fleet.fields import FAR, STEP, distance_fields
from gaitway.fleet.graph import STEP_XY, grid_graph
from gaitway.fleet.lifelong.lanes import lane_weights
from gaitway.fleet.lifelong.traffic import Traffic
from gaitway.fleet.maps.layouts import shelves

HALL = shelves("small", (14, 26), (6, 2), (2, 2), (2, 2))


def watched_step(traffic: Traffic, able: np.ndarray | None = None, apart: float = 0.7) -> np.ndarray:
    """Step, and look at circles along all moves, which take the same time."""
    xy, heading = traffic.graph.xy[traffic.cell], traffic.heading.copy()
    arrived = traffic.step(able)
    then = traffic.graph.xy[traffic.cell]
    moved = (then != xy).any(1)
    assert (np.abs(then - xy).sum(1) <= 1).all()
    if able is not None:
        assert not moved[~able].any()
    if traffic.turning:
        # Who moves looks ahead and does not turn; who turns, turns by 90 degrees.
        assert (then[moved] - xy[moved] == STEP_XY[heading[moved]]).all()
        assert ((traffic.heading - heading) % 4 != 2).all() and (traffic.heading == heading)[moved].all()
    for part in (0, 0.25, 0.5, 0.75, 1):
        now = xy + part * (then - xy)
        gap = np.linalg.norm(now[:, None] - now[None], axis=2) + 9 * np.eye(len(now))
        assert gap.min() >= apart - 1e-9
    return arrived


def sent_around(traffic: Traffic, steps: int, rng: np.random.Generator, **watched) -> tuple[np.ndarray, int]:
    """How often each robot arrived, and the longest time that one was on its way."""
    ends = np.flatnonzero(traffic.core)
    arrivals, longest = np.zeros(len(traffic), int), 0
    everybody = np.flatnonzero(traffic.active)
    traffic.send(everybody, rng.choice(ends, len(everybody)))
    for _ in range(steps):
        late = watched.get("late", 0.0)
        able = rng.random(len(traffic)) >= late if late else None
        arrived = watched_step(traffic, able, watched.get("apart", 0.7))
        arrivals[arrived] += 1
        traffic.send(arrived, rng.choice(ends, len(arrived)))
        longest = max(longest, int(traffic.age.max()))
    return arrivals, longest


@pytest.mark.parametrize(("footprint", "late"), [(0.7, 0.0), (1.0, 0.0), (0.7, 0.4), (1.0, 0.4)])
def test_robots_with_headings_never_touch_and_all_arrive(footprint, late):
    graph = grid_graph(HALL.free)
    rng = np.random.default_rng(3)
    start = rng.permutation(len(graph))[:50]
    traffic = Traffic(graph, start, rng.integers(0, 4, 50), footprint=footprint, weights=lane_weights(graph))
    arrivals, _ = sent_around(traffic, 250, rng, late=late, apart=footprint)
    assert arrivals.min() >= 1


@pytest.mark.parametrize("turning", [True, False])
def test_a_full_room_with_one_free_cell_does_not_lock(turning):
    """The worst case: every move needs the one hole."""
    graph = grid_graph(np.ones((3, 4), bool))
    traffic = Traffic(graph, np.arange(11), turning=turning, footprint=1.0)
    arrivals, _ = sent_around(traffic, 800, np.random.default_rng(0), apart=0.7)
    assert arrivals.min() >= 1


def test_urgent_robots_are_sooner_and_nobody_waits_for_ever():
    """Every robot is urgent on a third of its errands; the same hall, as full as it gets."""
    graph = grid_graph(HALL.free)
    rng = np.random.default_rng(11)
    n = len(graph) * 2 // 3
    traffic = Traffic(graph, rng.permutation(len(graph))[:n], turning=False)
    ends = np.flatnonzero(traffic.core)
    since, urgent = np.zeros(n, int), np.zeros(n, bool)
    took: dict[bool, list[float]] = {True: [], False: []}
    robots, arrivals = np.arange(n), np.zeros(n, int)
    for _ in range(400):
        urgent[robots] = rng.random(len(robots)) < 1 / 3
        traffic.send(robots, rng.choice(ends, len(robots)), 200 * urgent[robots])
        since[robots] = traffic.steps
        robots = traffic.step()
        arrivals[robots] += 1
        for robot in robots:
            took[bool(urgent[robot])].append(float(traffic.steps - since[robot]))
    assert arrivals.min() >= 1
    assert np.mean(took[True]) < 0.7 * np.mean(took[False])
    for wrong in (-1, 10_001):
        with pytest.raises(FleetError, match="head start must be from 0 to 10,000"):
            traffic.send([0], ends[:1], wrong)


def test_plain_moves_keep_vertices_and_edges_apart():
    graph = grid_graph(HALL.free)
    rng = np.random.default_rng(5)
    traffic = Traffic(graph, rng.permutation(len(graph))[:80], turning=False)
    arrivals, longest = sent_around(traffic, 200, rng)
    assert arrivals.min() >= 1 and longest < 200


def test_an_incident_holds_who_is_inside_and_the_rest_goes_on():
    graph = grid_graph(HALL.free)
    rng = np.random.default_rng(7)
    traffic = Traffic(graph, rng.permutation(len(graph))[:50])
    sent_around(traffic, 40, rng)
    blocked = np.zeros(len(graph), bool)
    blocked[graph.at([(x, y) for x in range(9, 12) for y in (4, 5) if HALL.free[y, x]])] = True
    blocked[traffic.cell[0]] = True
    change = traffic.change(blocked)
    assert 0 in change.held and not traffic.active[0]
    assert (traffic.goal[change.cancelled] == -1).all() and not blocked[traffic.goal[traffic.goal >= 0]].any()
    with pytest.raises(FleetError, match="blocked"):
        traffic.send([1], [np.argmax(blocked)])
    held = traffic.cell[~traffic.active].copy()
    arrivals, _ = sent_around(traffic, 300, rng)
    assert arrivals[traffic.active].min() >= 1
    assert not blocked[traffic.cell[traffic.active]].any() and (traffic.cell[~traffic.active] == held).all()
    assert set(change.held) <= set(traffic.change(np.zeros(len(graph), bool)).released)


@pytest.mark.parametrize(
    ("start", "options", "sentence"),
    [
        ([0, 0], {}, "each once"),
        ([0, -1], {}, "vertices of the graph"),
        ([0, 1], {"heading": [0, 4]}, "0 .east. to 3"),
        ([0, 1], {"heading": [0]}, "as many as starts"),
        ([0, 1], {"footprint": 1.5}, "does not fit"),
    ],
)
def test_bad_robots_are_refused(start, options, sentence):
    with pytest.raises(FleetError, match=sentence):
        Traffic(grid_graph(np.ones((2, 3), bool)), start, **options)


def test_a_goal_in_a_dead_end_is_refused():
    free = np.array([[1, 1, 0, 0], [1, 1, 1, 1]], bool)
    graph = grid_graph(free)
    with pytest.raises(FleetError, match="x 3, y 1 is blocked, or in a dead end"):
        Traffic(graph, [0]).send([0], graph.at([(3, 1)]))


def test_fields_with_turning_against_a_search_of_all_states():
    """Bellman's equation, relaxed until nothing changes."""
    rng = np.random.default_rng(1)
    graph = grid_graph(rng.random((6, 7)) < 0.8)
    weights = rng.integers(STEP, 4 * STEP, (len(graph), 4)).astype(np.uint8)
    goal = 3
    expected = np.full((len(graph), 4), np.inf)
    expected[goal] = 0
    for _ in range(4 * len(graph)):
        ahead = np.where(graph.ahead >= 0, weights + expected[graph.ahead, np.arange(4)], np.inf)
        turned = np.minimum(np.roll(expected, 1, axis=1), np.roll(expected, -1, axis=1)) + STEP
        expected = np.minimum(expected, np.minimum(ahead, turned))
    field = distance_fields(graph, [goal], weights, turning=True).reshape(-1, 4)
    assert np.array_equal(field, np.where(np.isinf(expected), FAR, expected))


def test_the_core_is_what_networkx_says():
    networkx = pytest.importorskip("networkx")
    for seed in range(20):
        graph = grid_graph(np.random.default_rng(seed).random((8, 9)) < 0.65)
        edges = [(v, int(u)) for v in range(len(graph)) for u in graph.ahead[v] if u >= 0]
        blocks = list(networkx.biconnected_components(networkx.Graph(edges)))
        found = set(np.flatnonzero(core(graph)).tolist())
        assert found in [block for block in blocks if len(block) == max(map(len, blocks))]
