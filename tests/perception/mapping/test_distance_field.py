"""Distances beside brute force (scipy's exact transform) and beside the truth."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.mapping.distance_field import DistanceField
from gaitway.perception.mapping.tsdf import TsdfMap
from scipy.ndimage import distance_transform_edt

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


def sites_of(tsdf, low, shape):
    """Voxels nearest to the surface: by NumPy, as the field's page defines them."""
    cells = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, 3) + low
    sdf, weight = (values.reshape(shape) for values in tsdf.sample(cells))
    is_site = np.zeros(shape, bool)
    for axis in range(3):
        for step in (-1, 1):
            other, there = np.roll(sdf, step, axis), np.roll(weight, step, axis) > 0
            edge = np.arange(shape[axis]) == (0 if step == 1 else shape[axis] - 1)
            there &= ~edge.reshape([-1 if a == axis else 1 for a in range(3)])
            is_site |= there & (weight > 0) & ((other < 0) != (sdf < 0)) & (np.abs(sdf) <= np.abs(other))
    return is_site


def test_distances_are_those_of_brute_force(built):
    tsdf, field = built
    reach = 22
    low = np.round(LOWER / VOXEL).astype(int) - reach
    shape = tuple(np.array(field.distance.shape) + 2 * reach)
    brute = VOXEL * np.asarray(distance_transform_edt(~sites_of(tsdf, low, shape)))
    brute = np.minimum(brute[reach:-reach, reach:-reach, reach:-reach], 1.0)
    np.testing.assert_allclose(np.abs(field.distance), brute, atol=1e-5)


def test_distances_are_true_to_a_voxel(built):
    _, field = built
    truth = distance_to_scene(middles(field))
    outside = truth > VOXEL
    error = np.abs(field.distance - np.minimum(truth, 1.0))[outside]
    assert np.percentile(error, 99) < VOXEL
    assert error.mean() < 0.5 * VOXEL


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
