"""Stereo matching on pairs of known disparities, drawn and real."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.depth.consistency import left_right_check, two_way_check
from gaitway.perception.depth.disparity import DisparityMap
from gaitway.perception.depth.fill import fill_holes
from gaitway.perception.depth.matcher import StereoMatcher
from gaitway.perception.depth.order import check_order
from gaitway.perception.depth.rows import fill_between_rows
from gaitway.perception.depth.speckles import remove_speckles
from gaitway.perception.metrics.disparity import score_disparity

from .stereo_scenes import box_pair, slanted_pair, texture


@pytest.mark.parametrize(("fast", "height"), [(False, 120), (True, 120), (True, 119)])
def test_a_slanted_plane_to_a_fraction_of_a_pixel(fast, height):
    left, right, truth = slanted_pair(height)
    found = StereoMatcher(32, fast=fast)(left, right)
    report = score_disparity(found.disparity, truth, found.valid)
    assert report.density > 0.9
    assert report.valid.epe < 0.15
    assert report.valid.bad[0.5] < 0.02


def test_points_at_the_left_border_are_matched_if_the_right_picture_shows_them():
    left, right, truth = slanted_pair()
    found = StereoMatcher(64)(left, right)
    columns = slice(14, 64)  # OpenCV alone leaves out as many columns as it searches disparities
    assert found.valid[:, columns].mean() > 0.9
    assert np.abs(found.disparity - truth)[:, columns].mean() < 0.3


@pytest.mark.parametrize(("two_way", "fast"), [(False, False), (True, False), (False, True), (True, True)])
def test_what_a_box_hides_from_the_right_camera_is_not_valid_and_filled_with_the_wall(two_way, fast):
    left, right, truth = box_pair()
    found = StereoMatcher(32, two_way, fast)(left, right)
    hidden = found.valid[35:85, 76:88], found.disparity[35:85, 76:88]  # 16 columns left of the box
    assert hidden[0].mean() < 0.1
    assert np.median(np.abs(hidden[1] - 8)) < 0.5
    assert score_disparity(found.disparity, truth).all.bad[2.0] < 0.05


def test_the_goals_on_the_motorcycle():
    """The one real pair that comes with a library, at a quarter of its size."""
    from skimage.data import stereo_motorcycle

    left, right, truth = stereo_motorcycle()
    found = StereoMatcher(64)(left, right)
    report = score_disparity(found.disparity, truth, found.valid)
    assert report.all.bad[2.0] < 0.08
    assert report.valid.bad[2.0] < 0.06
    assert report.density > 0.85
    known = found.valid & np.isfinite(truth)
    wrong = np.abs(found.disparity - np.where(known, truth, 0))[known] > 1
    by_sigma = wrong[np.argsort(found.sigma[known], kind="stable")]
    half = len(by_sigma) // 2
    assert by_sigma[:half].mean() < 0.2 * by_sigma[half:].mean()
    fast = StereoMatcher(64, fast=True)(left, right)
    report_of_fast = score_disparity(fast.disparity, truth, fast.valid)
    assert report_of_fast.all.bad[2.0] < 0.08
    assert report_of_fast.valid.bad[2.0] < 0.06
    assert report_of_fast.density > 0.85
    both = StereoMatcher(64, two_way=True)(left, right)
    assert score_disparity(both.disparity, truth, both.valid).valid.bad[2.0] < report.valid.bad[2.0]


def test_depth_and_its_deviation_by_hand():
    disparity = np.array([[10.0, 20.0, 0.0, 5.0]], np.float32)
    valid = np.array([[True, True, False, False]])
    sigma = np.array([[0.25, 0.5, np.inf, np.inf]], np.float32)
    found = DisparityMap(disparity, valid, sigma)
    depth, deviation = found.depth(500.0, 0.12)
    np.testing.assert_allclose(depth, [[6.0, 3.0, 0.0, 0.0]])
    np.testing.assert_allclose(deviation, [[36 / 60 * 0.25, 9 / 60 * 0.5, np.inf, np.inf]], rtol=1e-6)
    np.testing.assert_allclose(found.depth(500.0, 0.12, with_filled=True)[0], [[6.0, 3.0, 0.0, 12.0]])
    np.testing.assert_allclose(found.depth(500.0, 0.12, offset=2.0)[0], [[5.0, 60 / 22, 0.0, 0.0]], rtol=1e-6)
    np.testing.assert_allclose(found.confidence, [[0.999937, 0.954500, 0, 0]], atol=1e-6)  # 4 and 2 sigma


def test_left_right_check_by_hand():
    disparity = np.array([[0.0, 1.0, -1.0, 3.0, 2.0, 5.2]], np.float32)
    # Columns 1 and 3 land on 0, column 4 on 2, column 5 at -0.2 on 0, which is nearest and hides the others.
    for tolerance, agree in ((1.0, [0, 0, 0, 0, 1, 1]), (2.5, [0, 0, 0, 1, 1, 1]), (4.5, [0, 1, 0, 1, 1, 1])):
        np.testing.assert_array_equal(left_right_check(disparity, tolerance), [agree])
    outside = np.array([[2.0, 1.0, 7.0], [1.0, 3.0, 1.0]], np.float32)  # lands left of the picture
    np.testing.assert_array_equal(left_right_check(outside, 1.0), [[0, 1, 0], [0, 0, 1]])
    right = np.array([[5.0, 9.0, 2.5, -1, -1, -1]], np.float32)
    for tolerance, agree in ((0.3, [0, 0, 0, 0, 0, 1]), (1.0, [0, 0, 0, 0, 1, 1]), (2.0, [0, 0, 0, 1, 1, 1])):
        np.testing.assert_array_equal(two_way_check(disparity, right, tolerance), [agree])


def test_a_run_of_holes_takes_the_farther_surface_at_its_ends():
    disparity = np.full((9, 30), 30.0, np.float32)
    disparity[:, :18] = 10.0
    valid = np.ones((9, 30), bool)
    valid[:, 6:21] = False
    valid[4, 24:] = False  # reaches the border, where nothing is
    filled = fill_holes(disparity, valid)
    assert (filled[:, 6:20] == 10).all()
    assert (filled[4, 24:] == 30).all()
    assert (filled[valid] == disparity[valid]).all()
    assert not fill_holes(disparity, np.zeros_like(valid)).any()
    valid[:4] = False  # rows of which nothing is known
    assert (fill_holes(disparity, valid)[:3] == np.median(disparity[valid])).all()


def test_rows_between_take_the_mean_of_one_surface_or_the_side_of_an_edge():
    fixed = np.array([[160, 160, 160, -16], [168, 320, 320, 320]], np.int16)
    picture = np.array([[50, 50, 50, 50], [0, 60, 190, 60], [100, 200, 200, 200]], np.uint8)
    full = fill_between_rows(fixed, picture)
    np.testing.assert_array_equal(full, [fixed[0], [164, 160, 320, -16], fixed[1]])
    even = fill_between_rows(fixed, np.vstack([picture, picture[2:]]))  # nothing lies below its last row
    np.testing.assert_array_equal(even, [*full, fixed[1]])


def test_small_spots_are_removed():
    fixed = np.full((60, 80), 160, np.int16)
    fixed[10:16, 10:16] = 480
    fixed[30:50, 30:50] = 480
    removed = fixed.copy()
    remove_speckles(removed)
    assert (removed[10:16, 10:16] == -16).all()
    rest = removed.copy()
    rest[10:16, 10:16] = 480
    np.testing.assert_array_equal(rest, fixed)


def test_pictures_that_are_no_pair_are_refused():
    left, right, _ = box_pair()
    matcher = StereoMatcher(32)
    with pytest.raises(ValueError, match="200 x 120 px, the right one 100 x 120"):
        matcher(left, right[:, ::2])
    with pytest.raises(ValueError, match="left picture is of type float32"):
        matcher(left.astype(np.float32), right)
    with pytest.raises(ValueError, match="disparities is 0"):
        StereoMatcher(0)


def test_swapped_and_equal_pictures_are_noticed():
    left, right, _ = box_pair(240, 400, 48, 16)
    check_order(left, right, 64, "L.png", "R.png")
    with pytest.raises(ValueError, match=r"R\.png and L\.png seem swapped"):
        check_order(right, left, 64, "R.png", "L.png")
    with pytest.raises(ValueError, match="the same picture"):
        check_order(left, left, 64, "L.png", "R.png")


def test_plain_pictures_give_nothing_valid_or_something_finite():
    plain = np.full((60, 160), 120, np.uint8)
    found = StereoMatcher(32)(plain, plain)
    assert np.isfinite(found.disparity).all()
    noise = [texture(60, 160, seed).astype(np.uint8) for seed in (1, 2)]
    assert StereoMatcher(32, two_way=True)(*noise).density < 0.2
