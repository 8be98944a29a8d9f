"""Execution by a dependency graph: whatever the delays, nobody is hit and everybody arrives."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.fleet.errors import FleetError
from gaitway.fleet.execution.dependency import DependencyGraph
from hypothesis import given, settings
from hypothesis import strategies as st

from .recorded_traffic import GRAPH, recorded


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000), robots=st.integers(2, 30), slow=st.floats(0, 0.95))
def test_late_robots_never_collide_and_all_arrive(seed, robots, slow):
    plan = recorded(seed, robots, 20)
    graph = DependencyGraph(list(plan.T))
    rng = np.random.default_rng(seed)
    pace = np.where(rng.random(robots) < slow, 0.25, 1.0)
    ended, part = np.zeros(robots, int), np.zeros(robots)
    last = np.array([len(cells) - 1 for cells in graph.visits])
    xy = GRAPH.xy
    for _ in range(200 * len(plan)):
        # A move that has begun goes on, one that is not released does not begin; each at its own random pace.
        may = (part > 0) | (graph.released(ended) > ended)
        part = np.where(may & (ended < last), part + pace * rng.random(robots), part)
        ended, part = np.where(part >= 1, ended + 1, ended), np.where(part >= 1, 0, part)
        here = np.array([cells[k] for cells, k in zip(graph.visits, ended, strict=True)])
        there = np.array(
            [cells[min(k + 1, len(cells) - 1)] for cells, k in zip(graph.visits, ended, strict=True)]
        )
        at = xy[here] + part[:, None] * (xy[there] - xy[here])
        gap = np.linalg.norm(at[:, None] - at[None], axis=2) + 9 * np.eye(robots)
        assert gap.min() >= 1 - 1e-9
        if (ended == last).all():
            break
    assert (ended == last).all()
    assert [cells[-1] for cells in graph.visits] == plan[-1].tolist()


def test_a_full_circle_is_refused():
    with pytest.raises(FleetError, match="Robots 0, 1, 2, 3 wait for each other"):
        DependencyGraph([[0, 1], [1, 3], [3, 2], [2, 0]])


def test_a_robot_is_released_to_where_another_has_not_passed_yet():
    graph = DependencyGraph([[0, 1, 2, 3], [9, 9, 9, 2, 8]])
    assert graph.released([0, 0]).tolist() == [3, 0]
    assert graph.released([2, 0]).tolist() == [3, 0]
    assert graph.released([3, 0]).tolist() == [3, 2]
