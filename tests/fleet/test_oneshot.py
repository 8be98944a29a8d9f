"""One-shot plans against an independent checker, and solvability against a search of all configurations."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.fleet.errors import ScenarioError
from gaitway.fleet.fields import distance_fields
from gaitway.fleet.graph import grid_graph
from gaitway.fleet.maps.layouts import shelves
from gaitway.fleet.oneshot.improve import improve
from gaitway.fleet.oneshot.solve import solve

from .checker import best_makespan, conflicts, costs


def free_of(*rows: str) -> np.ndarray:
    return np.array([[letter == "." for letter in row] for row in rows])


def solved(free, start, goal, rounds=20):
    """No clock ends these searches: the machine may be busy."""
    graph = grid_graph(free)
    return solve(graph, graph.at(start), graph.at(goal), seconds=200.0, rounds=rounds)


def cells(free, count, seed):
    rng = np.random.default_rng(seed)
    xy = np.argwhere(free)[:, ::-1]
    return [[tuple(map(int, cell)) for cell in xy[rng.permutation(len(xy))[:count]]] for _ in range(2)]


def test_crowded_warehouse_without_collision():
    free = shelves("small", (22, 40), (6, 2), (2, 2), (2, 2)).free
    start, goal = cells(free, 180, 1)
    solution = solved(free, start, goal)
    assert solution.is_solved
    assert not conflicts(free, solution.paths, start, goal)
    assert costs(solution.paths) == (solution.makespan, solution.sum_of_costs)
    assert solution.least <= solution.sum_of_costs


@pytest.mark.parametrize("seed", range(30))
def test_tiny_cases_are_solved_where_a_plan_exists(seed):
    rng = np.random.default_rng(seed)
    free = rng.random((3, 3 + seed % 2)) < 0.75
    robots = min(2 + seed % 2, int(free.sum()) - 1)
    start, goal = cells(free, robots, seed)
    least = best_makespan(free, start, goal)
    solution = solved(free, start, goal)
    assert solution.is_solved == (least is not None), solution.reason
    if least is not None:
        assert not conflicts(free, solution.paths, start, goal)
        assert solution.makespan >= least


def test_two_robots_pass_each_other_in_a_side_pocket():
    free = free_of("........", "@@@.@@@@")
    start, goal = [(0, 0), (7, 0)], [(7, 0), (0, 0)]
    solution = solved(free, start, goal)
    assert not conflicts(free, solution.paths, start, goal)


def test_a_corridor_without_pocket_has_no_plan():
    solution = solved(free_of("....."), [(0, 0), (4, 0)], [(4, 0), (0, 0)])
    assert not solution.is_solved and "every configuration" in solution.reason


def test_a_goal_behind_a_wall_is_named():
    solution = solved(free_of("..@.."), [(0, 0)], [(4, 0)])
    assert not solution.is_solved and "x 4, y 0" in solution.reason


def test_shared_goals_are_refused():
    with pytest.raises(ScenarioError, match="share a goal"):
        solved(free_of("..."), [(0, 0), (1, 0)], [(2, 0), (2, 0)])


def test_improvement_shortens_a_detour():
    """A plan of two robots that wait for nothing becomes the shortest one."""
    free = free_of(".....", ".....")
    graph = grid_graph(free)
    goal = graph.at([(4, 0), (0, 1)])
    late = [
        [(0, 0)] * 4 + [(x, 0) for x in range(5)],
        [(4, 1)] * 2 + [(x, 1) for x in (4, 3, 2, 1, 0)] + [(0, 1)] * 2,
    ]
    plan = np.stack([graph.at(path) for path in late], axis=1)
    better = improve(graph, plan, distance_fields(graph, goal), deadline=np.inf)
    assert len(better) - 1 == 4


def test_the_checker_sees_what_is_wrong():
    free = free_of("...", "..@")
    head_on = [[(0, 0), (1, 0)], [(1, 0), (0, 0)]]
    assert "change places" in conflicts(free, head_on, [(0, 0), (1, 0)], [(1, 0), (0, 0)])[0]
    meeting = [[(0, 0), (1, 0)], [(1, 1), (1, 0)]]
    assert "both at" in conflicts(free, meeting, [(0, 0), (1, 1)], [(1, 0), (1, 0)])[0]
    assert "not free" in conflicts(free, [[(2, 0), (2, 1)]], [(2, 0)], [(2, 1)])[0]
    assert "jumps" in conflicts(free, [[(0, 0), (2, 0)]], [(0, 0)], [(2, 0)])[0]
    assert "goes from" in conflicts(free, [[(0, 0)]], [(0, 0)], [(2, 0)])[0]
