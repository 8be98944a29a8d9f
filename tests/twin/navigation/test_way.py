"""Ways over a map, and speeds along them, on floors drawn by hand."""

from __future__ import annotations

import heapq
import math
from itertools import pairwise

import numpy as np
import pytest
from gaitway.perception.mapping.occupancy import OccupancyGrid
from gaitway.twin.navigation.floor_map import FloorMap
from gaitway.twin.navigation.steering import Limits, Steering
from gaitway.twin.navigation.way import RADIUS, _costs, plan_way


def floor(*boxes: tuple[float, float, float, float]) -> FloorMap:
    """A known floor of 24 m with occupied boxes (x, y, x, y), m."""
    occupied = np.zeros((120, 120), bool)
    grid = FloorMap(np.full(2, -12.0), 0.2, occupied, np.ones((120, 120), bool))
    for x0, y0, x1, y1 in boxes:
        (i0, j0), (i1, j1) = grid.cells_of([[x0, y0], [x1, y1]])
        occupied[i0 : i1 + 1, j0 : j1 + 1] = True
    return grid


def dijkstra_by_hand(costs: np.ndarray, start: tuple[int, int], goal: tuple[int, int]) -> float:
    """Cost of the cheapest way over eight neighbours."""
    best, queue = {start: 0.0}, [(0.0, start)]
    while queue:
        cost, (r, c) = heapq.heappop(queue)
        if (r, c) == goal:
            return cost
        for dr in (-1, 0, 1):
            for dc in (-1, 0, 1):
                n = (r + dr, c + dc)
                if n == (r, c) or not (0 <= n[0] < costs.shape[0] and 0 <= n[1] < costs.shape[1]):
                    continue
                new = cost + (costs[r, c] + costs[n]) / 2 * math.hypot(dr, dc)
                if new < best.get(n, math.inf):
                    best[n] = new
                    heapq.heappush(queue, (new, n))
    return math.inf


def test_the_way_goes_round_a_wall_with_room_to_spare_and_none_is_cheaper() -> None:
    grid = floor((2.0, -6.0, 2.4, 3.0))
    start, goal = np.array([-3.0, 0.1]), np.array([6.1, 0.1])
    way = plan_way(grid, start, goal)
    assert way is not None
    np.testing.assert_allclose(way[[0, -1]], [start, goal])
    assert grid.clearance_at(way).min() >= RADIUS
    costs = _costs(grid.clearance, grid.known)
    cells = [tuple(cell) for cell in grid.cells_of(way).tolist()]
    paid = sum((costs[a] + costs[b]) / 2 * math.dist(a, b) for a, b in pairwise(cells))
    assert paid == pytest.approx(dijkstra_by_hand(costs, cells[0], cells[-1]))


def test_no_way_through_a_closed_ring() -> None:
    ring = [(-3, -3, 3, -2.8), (-3, 2.8, 3, 3), (-3, -3, -2.8, 3), (2.8, -3, 3, 3)]
    assert plan_way(floor(*ring), np.zeros(2), np.array([8.0, 0.0])) is None


def test_a_robot_too_near_to_something_may_leave() -> None:
    grid = floor((0.3, -1.0, 0.5, 1.0))
    assert plan_way(grid, np.zeros(2), np.array([-4.0, 0.0])) is not None


def drive(grid: FloorMap, way: np.ndarray, seconds: float) -> np.ndarray:
    """Poses (n, 3) of a robot that does exactly what it is told."""
    steering, pose, poses = Steering(Limits(), 0.1), np.array([0.0, 0.0, 0.0]), []
    for _ in range(round(seconds / 0.1)):
        forward, turning = steering.follow(way, (pose[0], pose[1], pose[2]), grid)
        assert 0 <= forward <= 1.0 and abs(turning) <= 1.2
        pose = pose + 0.1 * np.array([forward * math.cos(pose[2]), forward * math.sin(pose[2]), turning])
        poses.append(pose)
    return np.array(poses)


def test_it_follows_a_way_to_its_end_and_stands() -> None:
    way = np.array([[x, 1.5 * math.sin(x / 2)] for x in np.linspace(0, 8, 60)])
    poses = drive(floor(), way, 15.0)
    assert np.linalg.norm(poses[-1, :2] - way[-1]) < 0.1
    nearest = np.linalg.norm(poses[:, None, :2] - way[None], axis=2).min(axis=1)
    assert nearest.max() < 0.3


def test_it_stops_before_what_stands_in_its_way_and_touches_nothing() -> None:
    """The way leads straight through a wall that nobody planned for."""
    grid = floor((4.0, -8.0, 4.4, 8.0))
    poses = drive(grid, np.array([[x, 0.0] for x in np.linspace(0, 8, 80)]), 10.0)
    assert grid.clearance_at(poses[:, :2]).min() > RADIUS - 0.1
    assert np.linalg.norm(np.diff(poses[-10:, :2], axis=0), axis=1).max() < 0.02
    assert poses[-1, 0] > 2.0


def test_the_part_of_a_grid_that_is_planned_on() -> None:
    grid = OccupancyGrid(cell=0.5)
    grid._low, grid._log_odds = np.array([-4, -2]), np.zeros((8, 6), np.float32)
    grid._log_odds[1, 2], grid._log_odds[5, 4] = 3.0, -2.0  # at (-1.25, 0.25) and (0.75, 1.25)
    around = FloorMap.around(grid, np.array([[-3.0, 0.0], [1.0, 4.0]]), margin=1.0)
    np.testing.assert_allclose(around.points_of(np.argwhere(around.occupied)), [[-1.25, 0.25]])
    np.testing.assert_allclose(around.points_of(np.argwhere(around.known & ~around.occupied)), [[0.75, 1.25]])
    points = np.array([[-3.9, -0.9], [1.9, 4.9]])
    assert np.abs(around.points_of(around.cells_of(points)) - points).max() <= 0.25
    occupied = around.points_of(np.argwhere(around.occupied))
    everywhere = around.points_of(np.argwhere(around.known | True))
    expected = np.linalg.norm(everywhere[:, None] - occupied[None], axis=2).min(axis=1)
    np.testing.assert_allclose(around.clearance.ravel(), expected, atol=1e-4)
