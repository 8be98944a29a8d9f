"""Early fusion: boxes whose pictures are traced by the test itself, in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.activity.floor import Floor
from gaitway.perception.activity.parts import FloorPoints, Seeds
from gaitway.perception.activity.view import CameraView, Picture
from gaitway.perception.camera import Camera
from gaitway.perception.poses import pose_of

DOWN = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
BOUNDS = (-10.0, -10.0, 10.0, 10.0)
NOBODY = Seeds(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0), np.zeros(0))
Box = tuple[tuple[float, float, float], tuple[float, float, float]]


def camera_at(x: float, y: float) -> Camera:
    return Camera(320, 240, 112.0, 112.0, 159.5, 119.5, body_from_camera=pose_of([x, y, 9.0], DOWN))


def depth_of(camera: Camera, boxes: list[Box]) -> np.ndarray:
    """Slab method: depth along the axis of the floor and of axis-aligned boxes (low, high)."""
    u, v = np.meshgrid(np.arange(320), np.arange(240))
    rays = (
        np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones_like(u)], axis=-1)
        @ DOWN.T
    )
    eye = camera.body_from_camera[:3, 3]
    depth = np.full((240, 320), eye[2])
    for low, high in boxes:
        with np.errstate(divide="ignore"):
            a, b = (np.array(low) - eye) / rays, (np.array(high) - eye) / rays
        enter, leave = np.minimum(a, b).max(axis=-1), np.maximum(a, b).min(axis=-1)
        depth = np.where((enter < leave) & (enter > 0), np.minimum(depth, enter), depth)
    return depth.astype(np.float32)


def points_of(cameras: list[Camera], boxes: list[Box], noise: float = 0.02) -> FloorPoints:
    rng = np.random.default_rng(0)
    points, index, rim = [], [], []
    for k, camera in enumerate(cameras):
        empty = [Picture(depth_of(camera, []) + rng.normal(scale=noise, size=(240, 320)).astype("f4"))] * 4
        view = CameraView(str(k), camera, empty)
        depth = depth_of(camera, boxes) + rng.normal(scale=noise, size=(240, 320)).astype("f4")
        look = view.look(Picture(depth.astype(np.float32)))
        points.append(look.points)
        index.append(np.full(len(look.flat), k))
        rim.append(look.rim)
    every = np.concatenate(points)
    nothing = np.zeros(len(every), bool)
    return FloorPoints(
        every, None, nothing, np.concatenate(index), np.full(len(every), -1), np.concatenate(rim)
    )


def test_box_seen_by_three_cameras_is_one_thing():
    box = ((1.6, -0.7, 0.0), (2.4, -0.1, 0.35))
    found = Floor(BOUNDS).detect(
        points_of([camera_at(0, 0), camera_at(4, 3), camera_at(-1, -4)], [box]), NOBODY
    )
    assert len(found) == 1
    np.testing.assert_allclose(found.position[0], [2.0, -0.4], atol=0.06)
    np.testing.assert_allclose(found.size[0], [0.8, 0.6], atol=0.16)
    assert found.height[0] == pytest.approx(0.35, abs=0.06)
    assert found.cameras[0] == 3
    assert min(found.heading[0], np.pi - found.heading[0]) < 0.1


def test_person_at_the_rim_of_the_picture_is_where_the_feet_are():
    """4 m aside, the head of a person is seen 0.9 m further out than the feet: depth puts it back."""
    person = ((-0.25, 4.0, 0.0), (0.25, 4.4, 1.8))
    found = Floor(BOUNDS).detect(points_of([camera_at(0, 0)], [person]), NOBODY)
    assert len(found) == 1
    np.testing.assert_allclose(found.position[0], [0.0, 4.2], atol=0.12)
    assert found.height[0] == pytest.approx(1.8, abs=0.08)


def test_two_that_touch_are_split_where_two_are_expected():
    boxes = [((0.0, 0.0, 0.0), (0.8, 0.6, 0.35)), ((0.85, 0.1, 0.0), (1.3, 0.55, 1.75))]
    points = points_of([camera_at(0.5, -2.0), camera_at(1.0, 3.0)], boxes)
    assert len(Floor(BOUNDS).detect(points, NOBODY)) == 1
    sizes = np.array([[0.8, 0.6], [0.45, 0.45]])
    seeds = Seeds(np.array([[0.35, 0.3], [1.15, 0.3]]), sizes, np.zeros(2), np.array([0.35, 1.75]))
    found = Floor(BOUNDS).detect(points, seeds)
    order = np.argsort(found.position[:, 0])
    np.testing.assert_allclose(found.position[order], [[0.4, 0.3], [1.07, 0.32]], atol=0.15)
    np.testing.assert_allclose(found.height[order], [0.35, 1.75], atol=0.1)


def test_who_turned_aside_is_split_from_who_comes_behind():
    """Two people make one blob, and one of them was expected beside it; where there is one, it stays one."""
    boxes = [((-0.3, -0.2, 0.0), (0.3, 0.2, 1.7)), ((0.45, 0.05, 0.0), (0.95, 0.65, 1.8))]
    sizes, heights = np.array([[0.6, 0.5], [0.6, 0.5]]), np.array([1.7, 1.8])
    seeds = Seeds(np.array([[0.0, 0.0], [1.25, 0.0]]), sizes, np.zeros(2), heights)
    cameras = [camera_at(0.5, -2.0), camera_at(1.0, 3.0)]
    assert len(Floor(BOUNDS).detect(points_of(cameras, boxes), NOBODY)) == 1
    found = Floor(BOUNDS).detect(points_of(cameras, boxes), seeds)
    order = np.argsort(found.position[:, 0])
    np.testing.assert_allclose(found.position[order], [[0.0, 0.0], [0.7, 0.35]], atol=0.15)
    lonely = Seeds(np.array([[0.0, 0.0], [0.5, 0.0]]), sizes, np.zeros(2), heights)
    assert len(Floor(BOUNDS).detect(points_of(cameras, boxes[:1]), lonely)) == 1


def test_ends_of_a_truck_between_two_pictures_are_one_truck_where_it_is_expected():
    """The pictures meet at x = 0 on the floor and end before it higher up: each shows 1.1 m of one end."""
    truck, tote = ((-1.2, -0.6, 0.0), (1.2, 0.6, 2.3)), ((-2.6, 1.0, 0.0), (-1.8, 1.6, 0.4))
    forks = ((-2.3, -0.3, 0.0), (-1.2, 0.3, 0.12))  # too low to count
    points = points_of([camera_at(-9.6, 0), camera_at(9.6, 0)], [truck, tote, forks], noise=0.0)
    found = Floor(BOUNDS).detect(points, NOBODY)
    np.testing.assert_array_equal(found.cut, abs(found.position[:, 0]) < 1.5)
    assert found.cut.sum() == 2
    assert found.height[found.cut].max() < 1.2
    expected = Seeds(np.array([[0.5, 0.1]]), np.array([[2.4, 1.2]]), np.zeros(1), np.array([2.3]))
    found = Floor(BOUNDS).detect(points, expected)
    assert len(found) == 2
    np.testing.assert_allclose(found.position[found.cut], [[0.0, 0.0]], atol=0.1)
    np.testing.assert_allclose(found.size[found.cut], [[2.4, 1.2]], atol=0.2)


def test_what_hangs_and_what_is_tiny_is_nothing():
    hanging = ((0.0, 0.0, 3.0), (1.0, 1.0, 3.5))
    tiny = ((2.0, 2.0, 0.0), (2.1, 2.1, 0.3))
    assert len(Floor(BOUNDS).detect(points_of([camera_at(1, 1)], [hanging, tiny]), NOBODY)) == 0


def test_puddle_is_seen_below_noise_and_not_beside_what_stands():
    x, y = np.meshgrid(np.arange(0.0, 1.0, 0.08), np.arange(0.0, 0.8, 0.08))
    puddle = np.column_stack([x.ravel(), y.ravel(), np.full(x.size, 0.02)])
    noise = np.array([[0.5, 0.4, 0.12], [0.2, 0.3, 0.11]])

    def detect(standing: np.ndarray):
        points = np.concatenate([puddle, standing])
        flat = np.arange(len(points)) < len(puddle)
        zeros = np.zeros(len(points), int)
        return Floor(BOUNDS).detect(FloorPoints(points, None, flat, zeros, zeros - 1, flat < 0), NOBODY)

    found = detect(noise)
    assert len(found) == 1
    np.testing.assert_allclose(found.position[0], [0.48, 0.36], atol=0.02)
    assert found.height[0] < 0.05
    block = np.array([[1.1, 0.4, z] for z in np.arange(0.1, 1.5, 0.1)])
    found = detect(block)
    assert len(found) == 1
    assert found.height[0] > 1.0


def test_beyond_the_floor_is_nothing():
    box = ((11.0, 0.0, 0.0), (12.0, 1.0, 1.0))
    assert len(Floor(BOUNDS).detect(points_of([camera_at(9, 0)], [box]), NOBODY)) == 0


def test_picture_of_another_size():
    view = CameraView("a", camera_at(0, 0), [Picture(depth_of(camera_at(0, 0), []))])
    with pytest.raises(ValueError, match="The depth picture of camera 'a' has 100 x 100 px"):
        view.look(Picture(np.ones((100, 100), np.float32)))
