"""The pose between two views from features both see, against drawn noise."""

from __future__ import annotations

import numpy as np
from gaitway.perception.odometry.resection import resect
from gaitway.perception.odometry.rig import StereoRig
from gaitway.perception.odometry.rotations import turn_of
from gaitway.perception.odometry.two_views import relative_pose
from gaitway.perception.poses import inverse, pose_of, rotation_exp

from .drive import stereo_cameras

RIG = StereoRig(stereo_cameras()["left"], 0.12)
FIRST = pose_of([1.0, 2.0, 0.0], rotation_exp([0.0, 0.0, 0.5]))
SECOND = FIRST @ pose_of([1.0, 0.1, 0.0], rotation_exp([0.0, 0.02, 0.15]))


def views(rng: np.random.Generator, count: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """Noisy features of points from 4 to 12 m ahead, in both views."""
    points = rng.uniform([4.0, -3.0, -1.0], [12.0, 3.0, 2.0], (count, 3)) @ FIRST[:3, :3].T + FIRST[:3, 3]
    before = RIG.project(RIG.to_camera(FIRST, points))
    now = RIG.project(RIG.to_camera(SECOND, points))
    spots = rng.normal(0, 0.8, (count, 2))
    now += np.column_stack([spots, spots[:, 0]])
    for pixels in (before, now):
        pixels[:, 2] += rng.normal(0, 0.3, count)
    return before, now


def error(pose: np.ndarray) -> np.ndarray:
    return np.concatenate([turn_of(SECOND[:3, :3].T @ pose[:3, :3]), pose[:3, 3] - SECOND[:3, 3]])


def test_far_points_of_poor_depth_do_not_spoil_the_pose_and_it_knows_its_error():
    rng, nees, own, resected = np.random.default_rng(0), [], [], []
    for _ in range(60):
        before, now = views(rng)
        now[:8] += rng.uniform(10, 40, (8, 3))  # mistaken matches
        points = RIG.to_world(FIRST, RIG.triangulate(before))
        about = resect(RIG, FIRST, points, now, 1.0, 4.0)
        assert about is not None
        found = relative_pose(RIG, FIRST, about.pose, before, now)
        assert found is not None
        assert not found.inliers[:8].any()
        assert found.inliers[8:].mean() > 0.9
        nees.append(error(found.pose) @ np.linalg.solve(found.covariance, error(found.pose)))
        own.append(np.linalg.norm(error(found.pose)[3:]))
        resected.append(np.linalg.norm(error(about.pose)[3:]))
    assert np.mean(own) < 0.7 * np.mean(resected)
    assert 0.7 < np.mean(nees) < 6  # 6 if errors were as large as stated; real features repeat theirs


def test_without_noise_it_is_exact_even_where_the_right_camera_sees_nothing():
    rng = np.random.default_rng(1)
    points = rng.uniform([4, -3, -1], [9, 3, 2], (40, 3)) @ FIRST[:3, :3].T + FIRST[:3, 3]
    before, now = (RIG.project(RIG.to_camera(pose, points)) for pose in (FIRST, SECOND))
    now[::2, 2] = np.nan
    found = relative_pose(RIG, FIRST, FIRST, before, now)
    assert found is not None
    np.testing.assert_allclose(inverse(SECOND) @ found.pose, np.eye(4), atol=1e-6)
