"""Points followed into a picture that is rolled, as from a walking robot's head."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from gaitway.perception.odometry.optical_flow import follow, follow_turned


@pytest.mark.parametrize("angle", [-0.45, 0.0, 0.3])
def test_points_are_followed_into_a_picture_that_is_rolled(angle: float) -> None:
    """A plane of blobs, turned about a point and shifted; where each point went is known in closed form."""
    rng = np.random.default_rng(0)
    texture = cv2.GaussianBlur(rng.integers(0, 255, (480, 640), np.uint8), (0, 0), 2.0)
    texture = cv2.equalizeHist(texture)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = np.array([300.0, 250.0]) - turn @ [300.0, 250.0] + [6.3, -4.8]
    rolled = cv2.warpAffine(texture, np.column_stack([turn, shift]), (640, 480), flags=cv2.INTER_CUBIC)
    points = rng.uniform([200.0, 150.0], [440.0, 330.0], (150, 2))
    true = points @ turn.T + shift
    start = true + rng.normal(0.0, 1.5, true.shape)
    there, found = follow_turned(texture, rolled, points, start, 0.5)
    assert found.mean() > 0.95
    assert np.median(np.linalg.norm(there - true, axis=1)[found]) < 0.1
    if angle:
        _, plain = follow(texture, rolled, points, start, 0.5)
        assert plain.mean() < 0.8 * found.mean()
