"""Disparity measures on hand-computed pixels."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.metrics.disparity import score_disparity

TRUTH = np.array([[10.0, 10.0, 100.0, 100.0, np.inf, 10.0]])
FOUND = np.array([[10.4, 13.5, 104.5, 106.0, 7.0, np.nan]])


def test_shares_of_wrong_pixels():
    report = score_disparity(FOUND, TRUTH)
    assert report.all.pixels == 5
    assert report.all.bad == {0.5: 4 / 5, 1.0: 4 / 5, 2.0: 4 / 5, 4.0: 3 / 5}  # no disparity is a wrong one
    # 3.5 px of 10 is above 3 px and 5 %, 4.5 of 100 only above 3 px, 6 of 100 above both.
    assert report.all.d1 == pytest.approx(3 / 5)
    assert report.all.epe == pytest.approx((0.4 + 3.5 + 4.5 + 6) / 4)
    assert report.density == pytest.approx(4 / 5)
    assert report.valid.bad[4.0] == pytest.approx(2 / 4)


def test_filled_pixels_count_in_all_but_not_in_valid():
    valid = np.array([[True, False, True, True, True, False]])
    filled = np.nan_to_num(FOUND, nan=10.0)
    report = score_disparity(filled, TRUTH, valid)
    assert report.density == pytest.approx(3 / 5)
    assert report.all.bad[2.0] == pytest.approx(3 / 5)
    assert report.valid.bad[2.0] == pytest.approx(2 / 3)


def test_what_cannot_be_scored():
    with pytest.raises(ValueError, match=r"6 x 1 px, the truth 3 x 1"):
        score_disparity(FOUND, TRUTH[:, :3])
    with pytest.raises(ValueError, match="unknown everywhere"):
        score_disparity(FOUND, np.full_like(TRUTH, np.nan))
