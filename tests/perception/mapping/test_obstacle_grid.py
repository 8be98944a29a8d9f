"""The map of the floor from depth pictures of scenes whose shape is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.camera import Camera
from gaitway.perception.mapping.obstacle_grid import ObstacleGrid
from gaitway.perception.poses import pose_of

AHEAD = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])  # world from camera, looking along x
CAMERA = Camera(160, 120, 80.0, 80.0, 79.5, 59.5)
HEIGHT = 0.3


def see(wall: float) -> tuple[np.ndarray, np.ndarray]:
    """Depth and pose at the origin: a floor, and an endless wall 1 m high at x = `wall`."""
    down = np.tile((np.arange(120)[:, None] - CAMERA.cy) / CAMERA.fy, (1, 160))
    to_floor = np.where(down > 0, HEIGHT / np.abs(down), np.inf)
    to_wall = np.where(HEIGHT - down * wall < 1.0, wall, np.inf)
    depth = np.minimum(to_floor, to_wall)
    depth[~np.isfinite(depth)] = 0.0
    return depth.astype(np.float32), pose_of([0.0, 0.0, HEIGHT], AHEAD)


def test_a_wall_is_where_it_is_and_the_floor_before_it_is_free() -> None:
    grid = ObstacleGrid(cell=0.1, size=20.0)
    scan = grid.update(see(3.0)[0], CAMERA, see(3.0)[1])
    for _ in range(2):
        grid.update(see(3.0)[0], CAMERA, see(3.0)[1])
    np.testing.assert_allclose(scan.hit * np.cos(scan.azimuths), 3.0, atol=1e-3)
    points = grid.point_of(np.argwhere(grid.occupied))
    assert np.abs(points[:, 0] - 3.0).max() < 0.16, "a cell or so"
    assert np.ptp(points[:, 1]) > 4.0
    middle = grid.cell_of([[1.0 + 0.1 * k, 0.0] for k in range(17)])
    assert grid.known[tuple(middle.T)].all() and not grid.occupied[tuple(middle.T)].any()
    behind = grid.cell_of([[3.5, 0.0], [5.0, 0.2]])
    assert not grid.known[tuple(behind.T)].any()


def test_what_went_away_is_cleared_when_its_place_is_seen_again() -> None:
    grid = ObstacleGrid(cell=0.1, size=20.0)
    for _ in range(3):
        grid.update(see(2.0)[0], CAMERA, see(2.0)[1])
    at = tuple(grid.cell_of([2.0, 0.0]))
    assert grid.occupied[at]
    for _ in range(12):
        grid.update(see(4.0)[0], CAMERA, see(4.0)[1])
    assert not grid.occupied[at]
    assert grid.occupied[tuple(grid.cell_of([4.0, 0.0]))]


def test_nothing_is_said_of_what_no_depth_came_from() -> None:
    grid = ObstacleGrid(cell=0.1, size=20.0)
    grid.update(np.zeros((120, 160), np.float32), CAMERA, see(2.0)[1])
    assert not grid.known.any()


def test_clearance_is_the_distance_to_the_nearest_occupied_cell() -> None:
    grid = ObstacleGrid(cell=0.25, size=10.0)
    rng = np.random.default_rng(0)
    occupied = rng.integers(0, 40, (12, 2))
    grid.log_odds[tuple(occupied.T)] = 2.0
    everywhere = np.argwhere(np.ones_like(grid.log_odds))
    expected = np.linalg.norm(everywhere[:, None] - occupied[None], axis=2).min(axis=1) * 0.25
    np.testing.assert_allclose(grid.clearance().ravel(), expected, atol=1e-4)


def test_cells_and_points_are_inverse() -> None:
    grid = ObstacleGrid(cell=0.1, size=20.0)
    points = np.array([[0.05, -0.05], [3.25, 7.95]])
    np.testing.assert_allclose(grid.point_of(grid.cell_of(points)), points, atol=1e-9)


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="cells of 0 m"):
        ObstacleGrid(cell=0.0)
    with pytest.raises(ValueError, match="160 x 120"):
        ObstacleGrid().update(np.zeros((10, 10), np.float32), CAMERA, np.eye(4))
