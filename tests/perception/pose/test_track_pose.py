"""An object that moves is followed, and found again after it was gone."""

from __future__ import annotations

import numpy as np
from gaitway.perception.metrics.pose import add_s
from gaitway.perception.pose.track import PoseTracker
from scipy.spatial.transform import Rotation

from .conftest import picture


def moving(k, jump=0.0):
    """Lying on a floor 1 m away, moved 1.2 cm and turned 3 degrees a frame."""
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_euler("z", 3 * k, degrees=True).as_matrix()
    pose[:3, 3] = -0.12 + 0.012 * k + jump, 0.0, 0.97
    return pose


def test_a_carton_is_followed_and_found_again(carton, camera):
    rng = np.random.default_rng(0)
    tracker = PoseTracker(carton, camera)
    for k in range(10):
        truth = moving(k, jump=0.15 if k >= 7 else 0.0)
        depth, mask = picture(carton, camera, truth, rng)
        if k == 5:  # a hand before the lens
            depth, mask = np.full_like(depth, 0.3), np.zeros_like(mask)
        estimate = tracker.update(depth, mask if k == 0 else None)
        if k == 5:
            assert estimate is None or not estimate.found
            assert tracker.pose is None
            continue
        assert estimate is not None and estimate.found, k
        assert add_s(estimate.pose, truth, carton.model.samples[0]) < 0.005, k
