"""Lengths of ways against Dijkstra over many-neighbour grids and against geometry, and following them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from gaitway.envs.layouts.block import CELL, CELLS, HALF, draw_block
from gaitway.envs.layouts.follow import follow
from gaitway.envs.layouts.geodesic import FAR, shortest_lengths
from gaitway.envs.layouts.pieces import Piece, distance_to
from gaitway.envs.layouts.pool import LayoutPool, PoolCfg, cell_center
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

CPU = torch.device("cpu")
PIECES = [
    *(Piece(f"rack_{i}", "rack", (1.4, 0.55)) for i in range(10)),
    *(Piece(f"pallet_{i}", "pallet", (0.6, 0.4)) for i in range(8)),
    *(Piece(f"pillar_{i}", "pillar", (0.25, 0.25), 0.25) for i in range(4)),
    *(Piece(f"drum_{i}", "drum", (0.3, 0.3), 0.3) for i in range(4)),
]


@pytest.fixture(scope="module")
def pool() -> LayoutPool:
    return LayoutPool(PIECES, PoolCfg(layouts=8, goals=2), seed=3, device=CPU)


def _by_dijkstra(is_free: np.ndarray, goal: np.ndarray, reach: int = 4) -> np.ndarray:
    """Way to `goal` by edges over free cells to all cells up to `reach` away: they bend by 1 % at most."""
    size = len(is_free)
    index = np.arange(size * size).reshape(size, size)
    rows, columns, weights = [], [], []
    for i in range(-reach, reach + 1):
        for j in range(-reach, reach + 1):
            if math.gcd(i, j) != 1:
                continue
            a = np.argwhere(is_free)
            along = np.linspace(0, 1, 2 * reach + 1)[:, None, None] * [i, j] + a
            cells = np.rint(along).astype(int)
            inside = ((cells >= 0) & (cells < size)).all((0, 2))
            cells = cells[:, inside]
            clear = is_free[cells[..., 0], cells[..., 1]].all(0)
            start, end = cells[0][clear], cells[-1][clear]
            rows.append(index[start[:, 0], start[:, 1]])
            columns.append(index[end[:, 0], end[:, 1]])
            weights.append(np.full(clear.sum(), math.hypot(i, j) * CELL))
    edges = (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns)))
    graph = coo_matrix(edges, shape=(size * size, size * size))
    return dijkstra(graph.tocsr(), indices=index[tuple(goal)]).reshape(size, size)


def test_lengths_equal_dijkstras_in_random_blocks(pool: LayoutPool) -> None:
    for goal in (0, 7, 12):
        length = pool.lengths[goal].numpy()
        free = _free_cells(pool, goal)
        cell = np.round((pool.goals[goal].numpy() + HALF) / CELL - 0.5).astype(int)
        expected = _by_dijkstra(free, cell)
        way = free & np.isfinite(expected)
        assert way.sum() > 1000 and (length[way] < FAR).all() and (length[free & ~way] == FAR).all()
        # Of first order in the cell size: too long rather than too short, and most so behind corners.
        error = (length[way] - expected[way]) / np.maximum(expected[way], 1.0)
        assert -0.01 < error.mean() < 0.05 and error.max() < 0.15 and error.min() > -0.05, goal


def _free_cells(pool: LayoutPool, goal: int) -> np.ndarray:
    """Cells farther than the robot's radius from everything, worked out one piece at a time."""
    layout = goal // pool.cfg.goals
    axis = cell_center(np.arange(CELLS))
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    clearance = HALF - np.abs(points).max(-1)
    for piece, position, quat in zip(
        PIECES, pool.positions[layout].numpy(), pool.quats[layout].numpy(), strict=True
    ):
        if position[2] == 0:
            pose = np.array([*position[:2], 2 * math.atan2(quat[3], quat[0])])
            clearance = np.minimum(clearance, distance_to(piece, pose, points))
    return clearance > pool.cfg.robot_radius


def test_in_the_open_ways_are_straight() -> None:
    free = np.ones((1, CELLS, CELLS), dtype=bool)
    goal = np.array([[20, 55]])
    length = shortest_lengths(free, np.zeros(1, int), goal, CELL, CPU)[0].numpy()
    straight = np.hypot(*(np.indices((CELLS, CELLS)) - goal[0][:, None, None])) * CELL
    assert np.abs(length - straight).max() < 0.35
    assert 0 <= (length - straight).mean() / straight.mean() < 0.025


def test_around_a_wall_the_way_bends_at_its_end() -> None:
    """A wall from y = -10 to 5 m at x = 0, a cell thick: the way passes (0, 5)."""
    free = np.ones((1, CELLS, CELLS), dtype=bool)
    free[0, 40, :60] = False
    goal = np.array([[20, 30]])
    length = shortest_lengths(free, np.zeros(1, int), goal, CELL, CPU)[0].numpy()
    corner = np.array([40, 60])
    expected = (np.hypot(*(corner - goal[0])) + np.hypot(*(corner - [60, 30]))) * CELL
    assert length[60, 30] == pytest.approx(expected, rel=0.04)
    # Inside the wall it leads out to the nearer way.
    assert length[40, 30] > length[39, 30] and length[40, 30] < length[41, 30] + 4 * CELL


def test_closed_room_has_no_way() -> None:
    free = np.ones((1, CELLS, CELLS), dtype=bool)
    free[0, 30, :] = False
    length = shortest_lengths(free, np.zeros(1, int), np.array([[10, 10]]), CELL, CPU)[0].numpy()
    assert (length[:31] < 40).all() and (length[31:] == FAR).all()


def test_pieces_stand_apart_and_inside() -> None:
    """No point of a piece's outline lies in another piece or in a wall."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        poses, is_used = draw_block(PIECES, rng)
        assert is_used.sum() > 12
        for i in np.flatnonzero(is_used):
            outline = _outline(PIECES[i], poses[i])
            assert np.abs(outline).max() <= HALF + 1e-9
            for k in np.flatnonzero(is_used):
                if k != i:
                    assert distance_to(PIECES[k], poses[k], outline).min() > -1e-6, (PIECES[i], PIECES[k])


def _outline(piece: Piece, pose: np.ndarray) -> np.ndarray:
    if piece.radius:
        angle = np.linspace(0, 2 * np.pi, 40)
        return pose[:2] + piece.radius * np.column_stack((np.cos(angle), np.sin(angle)))
    cos, sin = np.cos(pose[2]), np.sin(pose[2])
    corners = np.array([(1, 1), (1, -1), (-1, -1), (-1, 1), (1, 0), (0, 1), (-1, 0), (0, -1)]) * piece.half
    return pose[:2] + corners @ np.array([[cos, sin], [-sin, cos]])


def test_distance_to_a_turned_box() -> None:
    """A box of 2 m x 1 m turned by 90 degrees: its long side lies along Y."""
    box, pose = Piece("box_0", "box", (1.0, 0.5)), np.array([1.0, 2.0, np.pi / 2])
    points = np.array([[1.0, 2.0], [2.5, 2.0], [1.0, 4.0], [1.5 + 3, 3 + 4]])
    assert distance_to(box, pose, points) == pytest.approx([-0.5, 1.0, 1.0, 5.0])


def test_starts_keep_to_the_asked_distance(pool: LayoutPool) -> None:
    goals = torch.arange(16).repeat_interleave(50)
    rand = torch.rand(len(goals), generator=torch.Generator().manual_seed(0))
    start = pool.draw_start(goals, (4.0, 9.0), rand)
    way, _ = follow(pool, goals, start, 1.5)
    assert ((way > 3.9) & (way < 9.1)).all()
    assert len(torch.unique(start[:50], dim=0)) > 30
    none_fits = pool.draw_start(goals[::50], (99.0, 100.0), rand[:16])
    assert (follow(pool, goals[::50], none_fits, 1.5)[0] > 9.0).all()


def test_following_waypoints_leads_to_the_goal_along_the_map(pool: LayoutPool) -> None:
    """Hopping from waypoint to waypoint arrives, and the hops add up to the length of the way on the map."""
    goals = torch.arange(16)
    start = pool.draw_start(goals, (6.0, 14.0), torch.rand(16, generator=torch.Generator().manual_seed(1)))
    cell = ((start + HALF) / CELL).long()
    expected = pool.map_lengths[goals, cell[:, 0], cell[:, 1]]
    at, walked = start, torch.zeros(16)
    for _ in range(60):
        _, ahead = follow(pool, goals, at, 0.5)
        walked += (ahead - at).norm(dim=-1)
        at = ahead
    torch.testing.assert_close(at, pool.goals, atol=1e-5, rtol=0)
    assert ((walked - expected).abs() / expected < 0.06).all()


def test_seed_decides(pool: LayoutPool) -> None:
    again = LayoutPool(PIECES, PoolCfg(layouts=8, goals=2), seed=3, device=CPU)
    other = LayoutPool(PIECES, PoolCfg(layouts=8, goals=2), seed=4, device=CPU)
    assert torch.equal(again.lengths, pool.lengths) and torch.equal(again.positions, pool.positions)
    assert not torch.equal(other.positions, pool.positions)
