"""BOP's error functions against values worked out by hand and formulas written out point by point."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.camera import Camera
from gaitway.perception.metrics.pose import (
    add,
    add_s,
    area_under_recall,
    mspd,
    mspd_recall,
    mssd,
    mssd_recall,
    symmetry_group,
    vsd,
    vsd_recall,
)
from scipy.spatial.transform import Rotation

CAMERA = Camera(64, 48, 60.0, 60.0, 31.5, 23.5)
NONE = np.empty((0, 4, 4)), np.empty((0, 6))
HALF_TURN = np.diag([-1.0, -1.0, 1.0, 1.0])


def pose(x=0.0, y=0.0, z=1.0, turn=(0.0, 0.0, 0.0)):
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(turn).as_matrix()
    matrix[:3, 3] = x, y, z
    return matrix


@pytest.fixture
def points():
    return np.random.default_rng(0).uniform(-0.1, 0.1, (200, 3))


def test_a_shift_is_its_length_to_add_and_mssd(points):
    first, second = pose(), pose(x=0.03, y=-0.04)
    assert add(first, second, points) == pytest.approx(0.05)
    assert mssd(first, second, points, symmetry_group(*NONE)) == pytest.approx(0.05)
    assert add_s(first, second, points) < 0.05


def test_add_s_is_the_mean_over_nearest_points_of_all_pairs(points):
    first, second = pose(turn=(0.2, 0.1, -0.3)), pose(x=0.01, turn=(0.0, 0.4, 0.0))
    here = points @ first[:3, :3].T + first[:3, 3]
    there = points @ second[:3, :3].T + second[:3, 3]
    pairs = np.linalg.norm(here[:, None] - there[None], axis=2)
    assert add_s(first, second, points) == pytest.approx(pairs.min(axis=0).mean())


def test_a_half_turn_of_two_points_by_hand():
    two = np.array([[0.1, 0.0, 0.0], [-0.1, 0.0, 0.0]])
    turned = pose(turn=(0, 0, np.pi))
    assert add(turned, pose(), two) == pytest.approx(0.2)
    assert add_s(turned, pose(), two) == pytest.approx(0.0, abs=1e-12)
    assert mssd(turned, pose(), two, symmetry_group(*NONE)) == pytest.approx(0.2)
    group = symmetry_group(HALF_TURN[None], NONE[1])
    assert mssd(turned, pose(), two, group) == pytest.approx(0.0, abs=1e-12)
    # 60 px focal length at 1 m: 0.2 m are 12 px.
    assert mspd(turned, pose(), two, symmetry_group(*NONE), CAMERA) == pytest.approx(12.0)
    assert mspd(turned, pose(), two, group, CAMERA) == pytest.approx(0.0, abs=1e-9)


def test_mspd_takes_the_largest_distance_in_the_picture(points):
    first, second = pose(turn=(0.2, 0.1, -0.3)), pose(x=0.01, z=1.1)
    expected = 0.0
    for point in points:
        a, b = first[:3, :3] @ point + first[:3, 3], second[:3, :3] @ point + second[:3, 3]
        off = [60 * (a[i] / a[2] - b[i] / b[2]) for i in (0, 1)]
        expected = max(expected, float(np.hypot(*off)))
    assert mspd(first, second, points, symmetry_group(*NONE), CAMERA) == pytest.approx(expected)


def test_an_axis_of_symmetry_forgives_any_turn_to_half_a_step(points):
    group = symmetry_group(NONE[0], np.array([[0.0, 0.0, 1.0, 0.02, 0.0, 0.0]]))
    assert len(group) == 315  # ceil(pi / 0.01), as the toolkit has it
    about = np.eye(4)
    about[:3, :3] = Rotation.from_rotvec([0, 0, 1.234]).as_matrix()
    about[:3, 3] = [0.02, 0, 0] - about[:3, :3] @ [0.02, 0, 0]
    reach = np.linalg.norm(points[:, :2] - [0.02, 0], axis=1).max()
    assert mssd(pose() @ about, pose(), points, group) <= reach * np.pi / 315
    assert mssd(pose(x=0.05) @ about, pose(), points, group) > 0.049


def test_vsd_counts_pixels_by_hand():
    seen, truly, drawn = np.full((48, 64), 2.0), np.zeros((48, 64)), np.zeros((48, 64))
    truly[10:20, 10:20] = 1.0  # 100 px
    seen[10:20, 10:20] = 1.0
    seen[10:12, 10:20] = 0.5  # an occluder over 20 of them: 80 visible
    seen[12, 10] = 0.0  # unknown depth counts as visible
    drawn[10:20, 12:22] = 1.0  # two columns to the right: 64 visible in both, 16 + 20 in one alone
    drawn[15, 12:22] = 1.03  # one common row of 8 is 3 cm off
    # Where only `drawn` is, the scene lies behind, at 2 m: all 10 rows of 2 are visible.
    errors = vsd(drawn, truly, seen, CAMERA, [0.02, 0.05])
    assert errors == pytest.approx([(8 + 16 + 20) / 100, (16 + 20) / 100])


def test_vsd_of_nothing_to_see_is_one():
    nothing = np.zeros((48, 64))
    assert vsd(nothing, nothing, nothing, CAMERA, [0.01]).tolist() == [1.0]


def test_average_recall_by_hand():
    assert mssd_recall(np.array([0.0, 0.026, 1.0]), np.array([0.1, 0.1, 0.1])) == pytest.approx(
        (10 + 5 + 0) / 30
    )
    assert mspd_recall(np.array([7.0, 100.0]), 640) == pytest.approx(9 / 20)
    assert mspd_recall(np.array([7.0, 100.0]), 1280) == pytest.approx(10 / 20)
    assert vsd_recall(np.array([[0.0, 0.26], [1.0, 1.0]])) == pytest.approx((10 + 5) / 40)
    assert area_under_recall(np.array([0.0, 0.05, 0.2])) == pytest.approx(0.5)
