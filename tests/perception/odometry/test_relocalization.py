"""How far a recognised place is believed beside dead reckoning, against scalar Kalman formulas."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.odometry.relocalization import Homecoming
from gaitway.perception.odometry.resection import Resection
from gaitway.perception.poses import pose_of, rotation_exp

PREDICTED = pose_of([3.0, -1.0, 0.2], rotation_exp([0.0, 0.0, 0.7]))


def found(sideways: float, sigma: float, inliers: int = 40, place: float = 0.0) -> Homecoming:
    """A pose `sideways` m from the predicted one, known to `sigma` m, rad from a place known to `place`."""
    pose = pose_of(PREDICTED[:3, 3] + [0.0, sideways, 0.0], PREDICTED[:3, :3])
    fit = Resection(pose, np.eye(6) * sigma**2, np.ones(inliers, bool))
    return Homecoming(fit, pose, np.eye(6) * place**2)


def weighed(home: Homecoming, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Beside a prediction known to `sigma` m and rad."""
    both = home.weighed(PREDICTED, np.eye(6) * sigma**2)
    assert both is not None
    return both


def test_good_dead_reckoning_is_kept_where_the_place_is_known_badly():
    pose, covariance = weighed(found(0.11, 0.1), 0.01)
    share = 0.01**2 / (0.01**2 + 0.1**2)
    np.testing.assert_allclose(pose[:3, 3] - PREDICTED[:3, 3], [0.0, share * 0.11, 0.0], atol=1e-12)
    np.testing.assert_allclose(covariance, np.eye(6) / (1 / 0.01**2 + 1 / 0.1**2), atol=1e-12)


def test_a_place_known_well_corrects_poor_dead_reckoning():
    pose, covariance = weighed(found(0.3, 0.01), 0.2)
    assert pose[1, 3] - PREDICTED[1, 3] == pytest.approx(0.3 * 0.2**2 / (0.2**2 + 0.01**2))
    assert np.sqrt(covariance[4, 4]) < 0.01


def test_what_place_and_prediction_share_is_not_averaged_away():
    _, covariance = weighed(found(0.0, 0.01, place=0.05), np.hypot(0.05, 0.01))
    np.testing.assert_allclose(covariance, np.eye(6) * (0.05**2 + 0.01**2 / 2), atol=1e-12)
    _, covariance = weighed(found(0.0, 0.01, place=0.05), 0.04)
    np.testing.assert_allclose(covariance, np.eye(6) * 0.05**2, atol=1e-12)  # it cannot be known better


def test_a_rotation_is_weighed_too():
    turned = pose_of(PREDICTED[:3, 3], PREDICTED[:3, :3] @ rotation_exp([0.0, 0.1, 0.0]))
    fit = Resection(turned, np.eye(6) * 0.05**2, np.ones(40, bool))
    pose, _ = weighed(Homecoming(fit, turned, np.zeros((6, 6))), 0.05)
    np.testing.assert_allclose(pose[:3, :3], PREDICTED[:3, :3] @ rotation_exp([0.0, 0.05, 0.0]), atol=1e-9)


def test_many_features_overrule_a_prediction_and_few_do_not():
    carried_off, few = found(4.0, 0.02, inliers=100, place=0.03), found(4.0, 0.02, inliers=30)
    assert few.weighed(PREDICTED, np.eye(6) * 0.05**2) is None
    pose, covariance = weighed(carried_off, 0.05)
    np.testing.assert_array_equal(pose, carried_off.fit.pose)
    np.testing.assert_allclose(covariance, np.eye(6) * (0.02**2 + 0.03**2), atol=1e-12)
