"""Poses of objects in drawn pictures: found where they are, or not found, with an uncertainty that holds."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.metrics.pose import add_s
from gaitway.perception.pose.estimate import PoseEstimator
from gaitway.perception.pose.model import CadModel
from gaitway.perception.pose.symmetry import turn_apart
from gaitway.perception.poses import inverse, rotation_log

from .conftest import picture, placed


@pytest.mark.parametrize("hidden", [0.0, 0.35])
@pytest.mark.parametrize("name", ["carton", "bracket"])
def test_objects_are_found_where_they_are(name, hidden, camera, request):
    estimator = request.getfixturevalue(name)
    rng = np.random.default_rng(1)
    for _ in range(4):
        truth = placed(rng)
        depth, mask = picture(estimator, camera, truth, rng, hidden=hidden)
        estimate = estimator.estimate(depth, mask, camera)
        assert estimate.found
        assert add_s(estimate.pose, truth, estimator.model.samples[0]) < 0.005
        if not hidden:
            assert np.degrees(turn_apart(estimator.model, estimate.pose, truth)) < 2


def test_another_shape_is_not_found(carton, camera):
    rng = np.random.default_rng(0)
    v, u = np.indices((camera.height, camera.width))
    mask = (u - 160) ** 2 + (v - 120) ** 2 < 40**2
    ball = 0.6 - np.sqrt(np.maximum(40**2 - (u - 160) ** 2 - (v - 120) ** 2, 0)) / 300 * 0.6
    depth = np.where(mask, ball, 1.0) + rng.normal(0, 0.001, mask.shape)
    estimate = carton.estimate(depth.astype(np.float32), mask, camera)
    assert not estimate.found
    assert estimate.score < carton.cfg.threshold


def test_the_covariance_holds_where_it_can(bracket, camera):
    """Over many noises the squared error, by its covariance, is about as large as its six freedoms."""
    rng = np.random.default_rng(3)
    truth = placed(rng)
    measures, errors = [], []
    for _ in range(16):
        depth, mask = picture(bracket, camera, truth, rng, noise=0.001)
        estimate = bracket.estimate(depth, mask, camera)
        turn = rotation_log(truth[:3, :3] @ estimate.pose[:3, :3].T)
        error = np.array([*turn, *(truth - estimate.pose)[:3, 3]])
        measures.append(error @ np.linalg.solve(estimate.covariance, error))
        errors.append(error)
        assert np.linalg.eigvalsh(estimate.covariance).min() > 0
    assert 0.5 < np.median(measures) < 40
    assert np.abs(errors).max() < 0.05


def test_a_lone_face_leaves_the_slide_along_it_uncertain(carton, camera):
    truth = np.eye(4)
    truth[:3, 3] = 0.0, 0.0, 0.6
    depth, mask = picture(carton, camera, truth, np.random.default_rng(0))
    sigma = np.sqrt(np.diag(carton.estimate(depth, mask, camera).covariance))
    assert sigma[5] < 0.1 * min(sigma[3], sigma[4])  # along the sight, against across it
    assert sigma[2] > 10 * max(sigma[0], sigma[1])  # about it


def test_poses_that_look_alike_are_reported_together(camera):
    """A cube that nobody declared symmetric: every quarter turn explains the picture as well."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * 0.05
    sides = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]]
    faces = np.array([[s[i] for i in t] for s in sides for t in ((0, 2, 1), (0, 3, 2))])
    estimator = PoseEstimator(CadModel("cube", corners, faces))
    rng = np.random.default_rng(0)
    truth = placed(rng)
    depth, mask = picture(estimator, camera, truth, rng)
    estimate = estimator.estimate(depth, mask, camera)
    assert estimate.found
    assert len(estimate.others) >= 2
    for other in estimate.others:
        turned = np.abs(np.round((inverse(estimate.pose) @ other)[:3, :3], 1))
        assert (turned.sum(axis=0) == 1).all()  # a quarter or half turn about an edge or diagonal


def test_bad_input_is_named(carton, camera):
    depth, mask = picture(carton, camera, placed(np.random.default_rng(0)), np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"The mask has 0 pixels, 0 of them with depth"):
        carton.estimate(depth, np.zeros_like(mask), camera)
    with pytest.raises(ValueError, match=r"has 320 x 120 px, its camera is calibrated for 320 x 240"):
        carton.estimate(depth[:120], mask[:120], camera)
    with pytest.raises(ValueError, match=r"is the depth in millimetres\?"):
        carton.estimate(1000 * depth, mask, camera)
    wide = np.ones_like(mask)
    with pytest.raises(
        ValueError, match=r"check that both are in metres, and that the mask is of this object"
    ):
        carton.estimate(np.full_like(depth, 2.0), wide, camera)
    model = carton.model
    with pytest.raises(ValueError, match=r"is 198 m across.*in millimetres: scale it by 0.001"):
        CadModel("carton", 1000 * model.vertices, model.faces)
    with pytest.raises(ValueError, match=r"a face names vertex 8 of 8"):
        CadModel("carton", model.vertices, np.array([[0, 1, 8]]))


def test_a_hole_of_nan_is_a_hole(carton, camera):
    rng = np.random.default_rng(5)
    truth = placed(rng)
    depth, mask = picture(carton, camera, truth, rng)
    depth[depth == 0] = np.nan
    estimate = carton.estimate(depth, mask, camera)
    assert add_s(estimate.pose, truth, carton.model.samples[0]) < 0.005
