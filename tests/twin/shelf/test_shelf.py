"""Parts of fetching from a shelf, against geometry worked out here."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from gaitway.assets.objects import CATALOGUE
from gaitway.assets.objects.shelf import SHELF
from gaitway.perception.poses import pose_of, rotation_exp, transform
from gaitway.perception.recording import ImuNoise, ImuSamples, WheelSamples
from gaitway.twin.manipulation.hands import Hold
from gaitway.twin.shelf.base import Base
from gaitway.twin.shelf.case import case_of
from gaitway.twin.shelf.find_shelf import find_shelf
from gaitway.twin.shelf.plans import turned_down


def seen_points(rng: np.random.Generator) -> np.ndarray:
    """Points in the shelf's frame: fronts of posts and boards, upper faces of two boards, and clutter."""
    low, high = -SHELF.width / 2, SHELF.width / 2
    points = []
    for y in (low, high - SHELF.post):
        points.append(rng.uniform([0, y, 0.3], [0, y + SHELF.post, 1.3], (300, 3)))
    for top in SHELF.boards:
        points.append(rng.uniform([0, low, top - SHELF.thickness], [0, high, top], (300, 3)))
    for top in SHELF.boards[:2]:
        points.append(rng.uniform([0, low, top], [SHELF.depth, high, top], (400, 3)))
    points.append(rng.uniform([0.1, -0.2, 0.75], [0.3, 0.1, 0.95], (400, 3)))  # something on a board
    points.append(rng.uniform([0.6, -0.8, 0.0], [0.62, 0.8, 1.5], (400, 3)))  # what stands behind
    points.append(rng.uniform([-0.6, -0.8, 0.0], [0.8, 0.8, 0.0], (12000, 3)))  # the floor
    every = np.concatenate(points)
    return every + rng.normal(scale=0.002, size=every.shape)


@pytest.mark.parametrize("seed", range(3))
def test_a_shelf_is_found_near_where_it_was_thought_to_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    true = pose_of([0.9, -0.1, -0.3], rotation_exp([0.0, 0.0, 0.2]))
    error = pose_of([*rng.uniform(-0.08, 0.08, 2), 0.0], rotation_exp([0.0, 0.0, rng.uniform(-0.06, 0.06)]))
    found = find_shelf(transform(true, seen_points(rng)), true @ error)
    assert found is not None
    left = np.linalg.inv(true) @ found.pose
    assert np.linalg.norm(left[:2, 3]) < 0.006
    assert abs(left[1, 0]) < np.radians(0.6)
    assert left[2, 3] == pytest.approx(0.0, abs=1e-9), "it stands on the floor"


def test_where_no_shelf_is_none_is_found() -> None:
    rng = np.random.default_rng(0)
    wall = rng.uniform([0.2, -1, 0], [0.2, 1, 1.5], (600, 3))
    assert find_shelf(wall, np.eye(4)) is None
    assert find_shelf(np.full((20, 3), np.nan), np.eye(4)) is None


def test_runs_are_as_they_are_described() -> None:
    boards, names = set(), set()
    for seed in range(40):
        case = case_of(seed)
        boards.add(case.board)
        names.add(case.names[0])
        shelf = np.linalg.inv(case.shelf)
        outlines = []
        for name, pose in zip(case.names, case.poses, strict=True):
            corners = transform(shelf @ pose, CATALOGUE[name].shape.vertices)
            low, high = corners.min(axis=0), corners.max(axis=0)
            assert low[0] > 0 and high[0] < SHELF.depth
            assert np.abs([low[1], high[1]]).max() < SHELF.width / 2 - SHELF.post
            assert low[2] == pytest.approx(SHELF.boards[case.board], abs=0.002)
            outlines.append((low[1], high[1]))
        outlines.sort()
        assert all(first[1] + 0.04 < second[0] for first, second in pairwise(outlines))
        x, y, yaw = case.start
        told = pose_of([x, y, 0.0], rotation_exp([0.0, 0.0, yaw])) @ case.told
        assert np.linalg.norm((told - case.shelf)[:2, 3]) < 0.08
        assert 3.0 <= abs(y - case.shelf[1, 3]) <= 5.0
    assert boards == {0, 1, 2} and len(names) == 10


def test_what_is_held_hangs_from_the_hand_when_that_is_turned_down() -> None:
    tool = pose_of([0.5, 0.1, 0.6], rotation_exp([0.1, 1.3, 0.2]))
    points = np.random.default_rng(0).uniform(0.4, 0.6, (50, 3))
    turned, moved = turned_down(Hold("cup", tool, 0.06, 1.0), points)
    np.testing.assert_allclose(turned.tool[:3, 2], [0.0, 0.0, -1.0], atol=1e-9)
    np.testing.assert_allclose(turned.tool[:3, 3], tool[:3, 3])
    before, after = (transform(np.linalg.inv(t), p) for t, p in ((tool, points), (turned.tool, moved)))
    np.testing.assert_allclose(after, before, atol=1e-9)


class Unicycle:
    """A platform without inertia or errors, as `Base` takes one."""

    def __init__(self) -> None:
        self.x = self.y = self.yaw = self.time = 0.0
        self.over, self.longest = False, 120.0
        self.model = SimpleNamespace(site=lambda name: SimpleNamespace(pos=np.array([0.1, 0.0, 0.1])))
        self.robot = self
        self.noise = ImuNoise()
        self._speeds: list[tuple[float, float, float]] = []

    def drive(self, forward: float, turning: float, seconds: float) -> None:
        for _ in range(round(seconds / 0.01)):
            self.yaw += turning * 0.01
            self.x += forward * 0.01 * np.cos(self.yaw)
            self.y += forward * 0.01 * np.sin(self.yaw)
            self.time += 0.01
            self._speeds.append((self.time, forward, turning))
        self.over = self.time > self.longest

    def imu(self) -> ImuSamples:
        times = np.array([time for time, *_ in self._speeds])
        gyro = np.array([[0.0, 0.0, turning] for *_, turning in self._speeds])
        return ImuSamples(times, gyro, np.zeros_like(gyro))

    def wheels(self) -> WheelSamples:
        samples, self._speeds = np.array(self._speeds), []
        return WheelSamples(*samples.T)


@pytest.mark.parametrize("target", [(1.0, 0.4, 1.0), (-0.5, 0.2, -2.0), (0.0, 0.0, 3.0), (0.02, -0.02, 0.1)])
def test_the_platform_comes_to_where_it_is_sent(target: tuple[float, float, float]) -> None:
    platform = Unicycle()
    base = Base(platform)  # pyright: ignore[reportArgumentType]
    x, y, yaw = target
    base.go(pose_of([x, y, 0.0], rotation_exp([0.0, 0.0, yaw])))
    assert not platform.over
    assert np.hypot(platform.x - x, platform.y - y) < (0.02 if np.hypot(x, y) > 0.05 else 0.06)
    assert abs((platform.yaw - yaw + np.pi) % (2 * np.pi) - np.pi) < 0.02
    heading = np.array([np.cos(platform.yaw), np.sin(platform.yaw)])
    before = np.array([platform.x, platform.y])
    base.back(0.3)
    np.testing.assert_allclose([platform.x, platform.y], before - 0.3 * heading, atol=0.02)
