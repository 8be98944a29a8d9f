"""Warp's semi-global matching beside one written with NumPy, path by path."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.depth.sgm import WarpStereoMatcher
from gaitway.perception.metrics.disparity import score_disparity

from .stereo_scenes import box_pair, slanted_pair


def census_bits(picture):
    """(height, width, 62) bool: neighbour darker than the pixel."""
    padded = np.pad(picture, ((3, 3), (4, 4)), mode="edge")
    height, width = picture.shape
    shifted = [
        padded[3 + dy : 3 + dy + height, 4 + dx : 4 + dx + width]
        for dy in range(-3, 4)
        for dx in range(-4, 5)
        if dx or dy
    ]
    return np.stack(shifted, axis=-1) < picture[..., None]


def along_rows(costs, small, large):
    """Path costs (height, width, count) of walking each row to the right: the recursion of the paper."""
    paths = costs.astype(int)
    for x in range(1, costs.shape[1]):
        last = paths[:, x - 1]
        least = last.min(axis=1, keepdims=True)
        far = np.full((len(last), 1), 10**6)
        choices = [
            last,
            np.hstack([far, last[:, :-1]]) + small,
            np.hstack([last[:, 1:], far]) + small,
            np.broadcast_to(least + large, last.shape),
        ]
        paths[:, x] = costs[:, x] + np.min(choices, axis=0) - least
    return paths


def total_costs(left, right, count, small, large):
    """(height, width, count) of four paths."""
    bits = census_bits(left), census_bits(right)
    height, width = left.shape
    costs = np.full((height, width, count), 62)
    for d in range(count):
        costs[:, d:, d] = (bits[0][:, d:] != bits[1][:, : width - d]).sum(axis=-1)
    flipped = costs.transpose(1, 0, 2)
    return (
        along_rows(costs, small, large)
        + along_rows(costs[:, ::-1], small, large)[:, ::-1]
        + along_rows(flipped, small, large).transpose(1, 0, 2)
        + along_rows(flipped[:, ::-1], small, large)[:, ::-1].transpose(1, 0, 2)
    )


def part_of_the_box():
    """60 x 110 px of both pictures: as many pixels as the reference can do quickly."""
    left, right, _ = box_pair()
    return left[10:70, 60:170], right[10:70, 60:170]


def test_disparities_are_those_of_numpy():
    left, right = part_of_the_box()
    matcher = WarpStereoMatcher(28, uniqueness_percent=0)
    found, from_right = matcher.match(left, right)
    total = total_costs(left, right, 28, matcher.penalty_small, matcher.penalty_large)
    best = total.argmin(axis=-1)
    y, x = np.indices(best.shape)
    inner = np.clip(best, 1, 26)
    before, least, after = (total[y, x, inner + k] for k in (-1, 0, 1))
    curvature = before + after - 2 * least
    fraction = np.where((best == inner) & (curvature > 0), (before - after) / np.maximum(2 * curvature, 1), 0)
    np.testing.assert_allclose(found, best + fraction, atol=1e-5)
    diagonal = np.full(total.shape, 10**6)
    for d in range(28):
        diagonal[:, : 110 - d, d] = total[:, d:, d]
    np.testing.assert_array_equal(from_right, diagonal.argmin(axis=-1))


def test_only_disparities_that_stand_out_are_kept():
    left, right = part_of_the_box()
    matcher = WarpStereoMatcher(28, uniqueness_percent=10)
    found, _ = matcher.match(left, right)
    total = total_costs(left, right, 28, matcher.penalty_small, matcher.penalty_large)
    best = total.argmin(axis=-1)
    others = np.where(np.abs(np.arange(28) - best[..., None]) > 1, total, 10**6).min(axis=-1)
    np.testing.assert_array_equal(found < 0, 90 * others < 100 * total.min(axis=-1))


@pytest.mark.parametrize("scene", [slanted_pair, box_pair])
def test_scenes_of_known_disparities(scene):
    left, right, truth = scene()
    found = WarpStereoMatcher(32)(left, right)
    report = score_disparity(found.disparity, truth, found.valid)
    assert report.density > 0.75
    assert report.valid.bad[1.0] < 0.03
    assert report.all.bad[2.0] < 0.06
