"""Distances beside brute force and beside the truth."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.mapping.distance_field import DistanceField
from gaitway.perception.mapping.tsdf import TsdfMap
from scipy.spatial import cKDTree

from .analytic_scene import CAMERA, CENTRE, around, depth_of, distance_to_scene, look

VOXEL = 0.05
LOWER, UPPER = np.array([-1.5, -1.5, 0.0]), np.array([1.5, 1.5, 1.5])


@pytest.fixture(scope="module")
def built():
    """A map of the scene and its distance field, brought up to date after each picture."""
    tsdf = TsdfMap(VOXEL, far=6.0)
    field = DistanceField(tsdf, LOWER, UPPER, most=1.0)
    for pose in around():
        tsdf.integrate(depth_of(pose), CAMERA, pose)
        field.update()
    return tsdf, field


def middles(field):
    """Points (nx, ny, nz, 3) of the field's voxels."""
    cells = np.stack(np.meshgrid(*map(np.arange, field.distance.shape), indexing="ij"), axis=-1)
    return field.lower + VOXEL * (cells + 0.5)


def surface_points(tsdf, low, shape):
    """Points (n, 3), m, of the surface nearest to the voxels that it passes: by NumPy, edge by edge."""
    cells = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1) + low
    sdf, weight = (values.reshape(shape) for values in tsdf.sample(cells.reshape(-1, 3)))
    normal = np.zeros((*shape, 3))
    for axis in range(3):
        parts = []
        for step in (-1, 1):  # towards the next, the previous voxel
            other, there = np.roll(sdf, step, axis), np.roll(weight, step, axis) > 0
            edge = np.arange(shape[axis]) == (0 if step == 1 else shape[axis] - 1)
            there &= ~edge.reshape([-1 if a == axis else 1 for a in range(3)])
            crossed = there & (weight > 0) & ((other < 0) != (sdf < 0)) & (np.abs(sdf) <= np.abs(other))
            parts.append(np.where(crossed, sdf / np.where(crossed, sdf - other, 1), 1.0))
        nearest = np.minimum(*parts)
        sign = np.where(parts[1] < parts[0], -1, 1)
        normal[..., axis] = np.where(nearest < 1, sign / np.maximum(nearest, 1e-3), 0)
    is_site = normal.any(axis=-1)
    plane = normal[is_site]
    return VOXEL * (cells[is_site] + 0.5 + plane / (plane**2).sum(axis=1, keepdims=True))


def test_distances_are_those_of_brute_force_to_a_fraction_of_a_voxel(built):
    """The field tries the points beside seven near voxels of the surface, and may miss the nearest."""
    tsdf, field = built
    reach = 22
    low = np.round(LOWER / VOXEL).astype(int) - reach
    points = surface_points(tsdf, low, tuple(np.array(field.distance.shape) + 2 * reach))
    brute, _ = cKDTree(points).query(middles(field))
    error = np.abs(field.distance) - np.minimum(brute, 1.0)
    assert error.min() > -1e-5
    assert error.max() < 0.65 * VOXEL
    assert np.percentile(error, 99) < 0.4 * VOXEL


def test_distances_are_true_to_a_voxel(built):
    _, field = built
    truth = distance_to_scene(middles(field))
    outside = truth > VOXEL
    error = np.abs(field.distance - np.minimum(truth, 1.0))[outside]
    assert np.percentile(error, 99) < VOXEL
    assert error.mean() < 0.15 * VOXEL


def test_updates_as_pictures_come_give_what_one_at_the_end_gives(built):
    tsdf, field = built
    at_once = DistanceField(tsdf, LOWER, UPPER, most=1.0)
    at_once.update()
    np.testing.assert_array_equal(field.distance, at_once.distance)
    assert field.update() == 0


def test_a_change_far_away_computes_only_its_surroundings():
    tsdf = TsdfMap(VOXEL, far=6.0)
    for y in (0.0, 12.0):
        pose = look([0, y, 1.0], [2, y, 1.0])
        tsdf.integrate(depth_of(pose, with_ball=False), CAMERA, pose)
    field = DistanceField(tsdf, np.array([-2.5, -2, -0.5]), np.array([2.5, 15, 2.5]), most=0.5)
    field.update()
    pose = look([-1.0, 0.0, 1.0], CENTRE)
    for _ in range(3):
        tsdf.integrate(depth_of(pose), CAMERA, pose)
    assert 0 < field.update() < 0.3 * field.distance.size
    again = DistanceField(tsdf, np.array([-2.5, -2, -0.5]), np.array([2.5, 15, 2.5]), most=0.5)
    again.update()
    np.testing.assert_array_equal(field.distance, again.distance)


def test_queries_interpolate_and_their_gradients_are_differences(built):
    _, field = built
    points = np.random.default_rng(0).uniform(LOWER + 0.1, UPPER - 0.1, (200, 3))
    distance, gradient = field.query(points)
    step = 1e-4
    for axis in range(3):
        offset = step * np.eye(3)[axis]
        slope = (field.query(points + offset)[0] - field.query(points - offset)[0]) / (2 * step)
        assert np.median(np.abs(slope - gradient[:, axis])) < 1e-6
    away = (distance > 0.2) & (distance < 0.8)
    assert np.median(np.linalg.norm(gradient[away], axis=1)) == pytest.approx(1.0, abs=0.03)
    assert np.isfinite(field.query(np.array([[100.0, 0, 0], [0, 0, -100]]))[0]).all()


def test_boxes_that_cannot_be(built):
    with pytest.raises(ValueError, match="upper lies above lower"):
        DistanceField(built[0], UPPER, LOWER)
    with pytest.raises(ValueError, match="outside the distance field"):
        built[1].slice_at(9.0)
