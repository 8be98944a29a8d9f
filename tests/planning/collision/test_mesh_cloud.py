"""Meshes and point clouds as obstacles, beside formulas and points that were left out."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from gaitway.planning.collision.cloud import cloud_grid, cloud_of
from gaitway.planning.collision.mesh import mesh_grid
from gaitway.planning.collision.obstacles import Cloud, DistanceGrid
from gaitway.planning.collision.signed_distance import to_grid
from gaitway.planning.collision.world import World
from gaitway.planning.errors import WorldError
from scipy.interpolate import RegularGridInterpolator

HALF = np.array([0.1, 0.15, 0.2])
CORNERS = np.array(list(product([-1, 1], repeat=3))) * HALF
BESIDE = np.array([0.2, 0.3, 0])  # one edge is shared
SIDES = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
FACES = np.array([[side[a], side[b], side[c]] for side in SIDES for a, b, c in ((0, 1, 2), (0, 2, 3))])


def _to_box(p: np.ndarray, half: np.ndarray = HALF) -> np.ndarray:
    q = np.abs(p) - half
    return np.linalg.norm(np.maximum(q, 0), axis=-1) + np.minimum(q.max(axis=-1), 0)


def _values(grid: DistanceGrid, points: np.ndarray) -> np.ndarray:
    """Trilinear, by SciPy."""
    axes = [
        o + grid.voxel * np.arange(n) for o, n in zip(np.asarray(grid.origin), grid.values.shape, strict=True)
    ]
    return RegularGridInterpolator(axes, np.asarray(grid.values, float))(points)


def test_mesh_never_says_more_than_the_truth_and_little_less() -> None:
    voxel = 0.02
    grid = mesh_grid("box", CORNERS[FACES].reshape(-1, 3), np.arange(36).reshape(-1, 3), voxel, margin=0.08)
    points = np.random.default_rng(0).uniform(-HALF - 0.08, HALF + 0.08, (20000, 3))
    error = _values(grid, points) - _to_box(points)
    assert error.max() < 0.05 * voxel
    assert error.min() > -voxel
    assert abs(np.median(error)) < 0.5 * voxel


def test_beyond_a_grid_its_outer_nodes_count() -> None:
    grid = mesh_grid("box", CORNERS, FACES, 0.02, margin=0.08)
    points = np.random.default_rng(1).uniform(-0.6, 0.6, (2000, 3))
    points = points[_to_box(points, HALF + 0.12) > 0]
    _, _, _, rows, starts, nodes = World({"box": grid}).arrays
    values = np.array([to_grid(x, y, z, rows[0], starts[0], nodes)[0] for x, y, z in points])
    truth = _to_box(points)
    assert (values <= truth + 1e-6).all()
    assert (values > 0.6 * truth).all()


def test_cavity_is_allowed() -> None:
    vertices = np.vstack([CORNERS, 0.5 * CORNERS])
    faces = np.vstack([FACES, FACES[:, ::-1] + 8])
    grid = mesh_grid("hollow", vertices, faces, 0.02)
    assert _values(grid, np.zeros((1, 3)))[0] > 0
    assert _values(grid, np.array([[0.075, 0, 0]]))[0] < 0


@pytest.mark.parametrize(
    ("vertices", "faces", "words"),
    [
        (CORNERS, FACES[1:], "mesh 'bin' is open: 3 edges"),
        (CORNERS, FACES[:, ::-1], "mesh 'bin' is inside out"),
        (CORNERS, np.vstack([FACES, [[0, 1, 7], [1, 0, 6]]]), "mesh 'bin' is (not manifold|open)"),
        (
            np.vstack([CORNERS, CORNERS + BESIDE]),
            np.vstack([FACES, FACES + 8]),
            "not manifold: 1 edges",
        ),
        (CORNERS, np.vstack([FACES[:1, ::-1], FACES[1:]]), "face against"),
        (np.vstack([CORNERS, CORNERS + 1]), np.vstack([FACES, FACES[:, ::-1] + 8]), "inside out, at least"),
        (CORNERS, FACES + 1, "vertex that is not there"),
        (CORNERS * np.nan, FACES, "no finite numbers"),
        (CORNERS, FACES[:0], "no triangles"),
        (CORNERS[:, :2], FACES, "shape"),
    ],
)
def test_meshes_without_an_inside_are_refused(vertices, faces, words: str) -> None:
    with pytest.raises(WorldError, match=words):
        mesh_grid("bin", vertices, faces, 0.02)


def test_voxel_has_to_fit_the_mesh() -> None:
    with pytest.raises(WorldError, match="mesh 'sheet': no node lies inside"):
        mesh_grid("sheet", CORNERS * [0.01, 1, 1], FACES, 0.04)
    with pytest.raises(WorldError, match="mesh 'box': a voxel of 1e-05 m makes"):
        mesh_grid("box", CORNERS, FACES, 1e-5)


def _plate(count: int, seed: int) -> np.ndarray:
    """Random points on a square of 0.4 m."""
    points = np.zeros((count, 3))
    points[:, :2] = np.random.default_rng(seed).uniform(-0.2, 0.2, (count, 2))
    return points


@pytest.mark.parametrize("count", [400, 2000, 60000])
@pytest.mark.parametrize("voxel", [0.01, 0.05])
def test_nothing_slips_through_a_sampled_surface(count: int, voxel: float) -> None:
    cloud = cloud_of(_plate(count, 0), voxel)
    centres, radii = np.asarray(cloud.centres), np.asarray(cloud.radii)
    for points in (_plate(count, 0)[:2000], 0.9 * _plate(2000, 1)):  # its points, and places between them
        apart = np.linalg.norm(points[:, None] - centres, axis=2) - radii
        assert apart.min(axis=1).max() <= 1e-9
    # A surface that is seen densely is not made thick.
    assert radii.max() < (1.2 * voxel if count > 10000 else 0.05 + voxel)


def test_openings_stay_open() -> None:
    points = _plate(20000, 0)
    ring = points[np.linalg.norm(points, axis=1) > 0.1]
    cloud = cloud_of(np.vstack([ring, [[0, 0, 0.5]]]), 0.01)
    apart = np.linalg.norm(np.asarray(cloud.centres), axis=1) - np.asarray(cloud.radii)
    assert apart.min() > 0.08


def test_grid_of_a_cloud_never_says_more_than_the_distance() -> None:
    rng = np.random.default_rng(0)
    cloud = Cloud(rng.uniform(-0.2, 0.2, (40, 3)), rng.uniform(0.01, 0.05, 40))
    grid = cloud_grid(cloud, 0.01)
    points = rng.uniform(-0.25, 0.25, (20000, 3))
    apart = np.linalg.norm(points[:, None] - np.asarray(cloud.centres), axis=2) - np.asarray(cloud.radii)
    distance, values = apart.min(axis=1), _values(grid, points)
    assert (values <= distance + 1e-6).all()
    assert (values >= distance - 0.0174)[(distance > 0) & (distance < 0.08)].all()


def test_names_of_a_cloud_are_those_of_its_balls() -> None:
    world = World({"seen": Cloud([[0, 0, 1], [0, 1, 0]], [0.1, 0.2])})
    assert world.names == ("seen", "seen")
    assert world.arrays[0].shape == (2, 4)


@pytest.mark.parametrize(
    ("points", "words"),
    [([[0, 0, np.nan]], "point 0"), (np.zeros((0, 3)), "one at least"), ([[0, 0]], "shape")],
)
def test_bad_clouds_are_refused(points, words: str) -> None:
    with pytest.raises(WorldError, match=words):
        cloud_of(points, 0.01)
