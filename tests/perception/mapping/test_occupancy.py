"""Occupancy, costs and their files, read by a reader of the test's own."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from gaitway.perception.mapping.costmap import costmap, save_map
from gaitway.perception.mapping.occupancy import OccupancyGrid
from gaitway.perception.mapping.tsdf import TsdfMap
from PIL import Image

from .analytic_scene import CAMERA, around, depth_of, look


def grid_of(poses, bottom=0.6, top=1.0):
    """A grid of the scene seen from poses; between these heights no ray passes over or under the ball."""
    grid = OccupancyGrid(cell=0.05, bottom=bottom, top=top, far=6.0)
    for pose in poses:
        grid.integrate(depth_of(pose), CAMERA, pose)
    return grid


def value_at(grid, values, x, y):
    """Of a cell by its position in m."""
    i, j = np.floor((np.array([x, y]) - grid.origin) / grid.cell).astype(int)
    return values[i, j]


def test_the_ball_and_the_walls_are_occupied_and_the_floor_before_them_free():
    grid = grid_of([*around(), *around(distance=1.0, height=0.6, target=(0, 0, 0.8))])
    for angle in np.linspace(0, 2 * np.pi, 12, endpoint=False):
        x, y = np.cos(angle), np.sin(angle)
        assert value_at(grid, grid.is_occupied, 0.475 * x, 0.475 * y)
        assert value_at(grid, grid.is_free, 0.8 * x, 0.8 * y)
    for y in np.arange(-1, 1, 0.1):  # the walls lie between two cells each
        for x in (-2, 2):
            assert any(value_at(grid, grid.is_occupied, x + step, y) for step in (-0.01, 0.01))
    assert not value_at(grid, grid.is_free, 2.5, 0.0)  # behind the wall
    assert not (grid.is_free & grid.is_occupied).any()


def test_what_rays_pass_over_stays_occupied_if_the_map_knows_it():
    """Seen from above its middle, the ball's shoulder is freed by rays that pass over it."""
    poses = around()
    grid, tsdf = grid_of(poses, 0.1, 1.6), TsdfMap(0.05, far=6.0)
    for pose in poses:
        tsdf.integrate(depth_of(pose), CAMERA, pose)
    shoulder = [(0.3 * np.cos(a), 0.3 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 12, endpoint=False)]
    assert not all(value_at(grid, grid.is_occupied, *at) for at in shoulder)
    grid.add_surface(tsdf)
    assert all(value_at(grid, grid.is_occupied, *at) for at in shoulder)
    assert value_at(grid, grid.is_free, 0.8, 0.0)


def test_what_left_is_freed():
    poses = around(distance=1.2, height=0.9, target=(0, 0, 0.8))
    grid = grid_of(poses)
    assert value_at(grid, grid.is_occupied, 0.48, 0.02)
    for pose in 2 * poses:
        grid.integrate(depth_of(pose, with_ball=False), CAMERA, pose)
    assert value_at(grid, grid.is_free, 0.48, 0.02)


def test_the_grid_grows_with_the_way():
    poses = [look([0.0, y, 1.0], [2.0, y, 0.8]) for y in np.arange(0, 20, 0.5)]
    grid = grid_of(poses, 0.1, 1.6)
    for y in (0.0, 10.0, 19.0):
        assert value_at(grid, grid.is_free, 1.0, y)
        walls = [value_at(grid, grid.is_occupied, x, y) for x in (1.99, 2.01)]
        assert any(walls)


def test_costs_by_hand():
    grid = OccupancyGrid(cell=0.1)
    grid._log_odds = np.full((41, 41), -2.0, np.float32)
    grid._log_odds[20, 20] = 3.5
    grid._log_odds[0, 0] = 0.0
    cost = costmap(grid, radius=0.3, inflation=1.0, falloff=2.0)
    assert cost[20, 20] == 254
    assert cost[20, 23] == 253
    assert cost[20, 25] == int(252 * np.exp(-2.0 * (0.5 - 0.3)))
    assert cost[20, 31] == 0
    assert cost[0, 0] == 255


def test_map_server_files_put_each_cell_where_it_is(tmp_path):
    grid = grid_of([*around(), *around(distance=1.0, height=0.6, target=(0, 0, 0.8))])
    save_map(grid, tmp_path / "map.yaml")
    facts = yaml.safe_load((tmp_path / "map.yaml").read_text())
    picture = np.asarray(Image.open(tmp_path / facts["image"]))
    assert facts["resolution"] == 0.05
    for x, y in ((0.475, 0.0), (0.0, -0.475), (0.8, 0.0), (0.0, 0.8), (3.0, 0.0)):
        column = int((x - facts["origin"][0]) / facts["resolution"])
        row = picture.shape[0] - 1 - int((y - facts["origin"][1]) / facts["resolution"])
        occupancy = (255 - picture[row, column]) / 255  # map_server's rule with negate 0
        state = "occupied" if occupancy > facts["occupied_thresh"] else "free"
        state = state if not facts["free_thresh"] <= occupancy <= facts["occupied_thresh"] else "unknown"
        expected = "occupied" if value_at(grid, grid.is_occupied, x, y) else "unknown"
        assert state == ("free" if value_at(grid, grid.is_free, x, y) else expected)


def test_an_empty_map_is_refused_and_not_written(tmp_path):
    grid = OccupancyGrid()
    with pytest.raises(ValueError, match="no ray crossed the heights"):
        save_map(grid, tmp_path / "map.yaml")
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="cannot be"):
        OccupancyGrid(bottom=2.0, top=1.0)
