"""Cameras and rectification on points whose pixels are known."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.camera import Camera, Rectifier
from gaitway.perception.poses import inverse, make_pose, rotation_exp, transform

LENS = (-0.28, 0.07, 0.0002, 1.8e-5)  # about EuRoC's cam0


def pair() -> tuple[Camera, Camera]:
    """A converging, slightly twisted pair with distorting lenses."""
    left = Camera(752, 480, 458.0, 457.0, 367.0, 248.0, LENS)
    pose = make_pose([0.11, 0.002, -0.001])
    pose[:3, :3] = rotation_exp([0.01, -0.02, 0.015])
    return left, Camera(752, 480, 457.0, 456.0, 379.0, 255.0, (-0.283, 0.074, -1e-4, -3.5e-5), pose)


def test_projection_by_hand():
    camera = Camera(640, 480, 500.0, 400.0, 320.0, 240.0)
    np.testing.assert_allclose(camera.project(np.array([[0.1, -0.2, 2.0]])), [[345.0, 200.0]])


def test_unprojected_depth_projects_back():
    camera = Camera(8, 6, 5.0, 5.0, 3.5, 2.5)
    points = camera.unproject(np.full((6, 8), 2.0, np.float32)).reshape(-1, 3)
    pixels = camera.project(points).reshape(6, 8, 2)
    np.testing.assert_allclose(pixels[..., 0], np.tile(np.arange(8), (6, 1)), atol=1e-5)
    np.testing.assert_allclose(pixels[..., 1], np.tile(np.arange(6)[:, None], (1, 8)), atol=1e-5)


def test_rectified_points_share_a_row_and_their_disparity_gives_depth():
    left, right = pair()
    rectifier = Rectifier(left, right)
    points = np.random.default_rng(0).uniform([-1, -1, 2], [1, 1, 8], (100, 3))
    body = transform(left.body_from_camera, points)
    in_left = transform(inverse(rectifier.left.body_from_camera), body)
    in_right = transform(inverse(rectifier.right.body_from_camera), body)
    a, b = rectifier.left.project(in_left), rectifier.right.project(in_right)
    np.testing.assert_allclose(a[:, 1], b[:, 1], atol=1e-6)
    depth = rectifier.left.fx * rectifier.baseline / (a[:, 0] - b[:, 0])
    np.testing.assert_allclose(depth, in_left[:, 2], rtol=1e-6)


def test_a_drawn_dot_moves_to_where_the_rectified_camera_sees_it():
    left, right = pair()
    rectifier = Rectifier(left, right)
    point = np.array([[0.3, -0.2, 3.0]])
    pictures = []
    for camera in (left, right):
        u, v = camera.project(transform(inverse(camera.body_from_camera), point))[0]
        x, y = np.arange(752), np.arange(480)[:, None]
        pictures.append((255 * np.exp(-((x - u) ** 2 + (y - v) ** 2) / 18)).astype(np.uint8))
    cameras = (rectifier.left, rectifier.right)
    for picture, camera in zip(rectifier(*pictures), cameras, strict=True):
        weights = picture.astype(float)
        found = np.array([(weights * np.arange(752)).sum(), (weights * np.arange(480)[:, None]).sum()])
        seen = camera.project(transform(inverse(camera.body_from_camera), point))[0]
        np.testing.assert_allclose(found / weights.sum(), seen, atol=0.3)


def test_swapped_cameras_are_refused():
    left, right = pair()
    with pytest.raises(ValueError, match="swap them"):
        Rectifier(right, left)


def test_intrinsics_in_metres_are_refused():
    with pytest.raises(ValueError, match="focal lengths"):
        Camera(640, 480, 0.0, 400.0, 320.0, 240.0)


def test_a_picture_of_another_size_is_named():
    with pytest.raises(ValueError, match=r"left/7\.png has 320 x 240 px"):
        Camera(640, 480, 400.0, 400.0, 320.0, 240.0).check_picture(np.zeros((240, 320)), "left/7.png")
