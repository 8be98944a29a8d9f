"""Lens distortion by remap against OpenCV's projection."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from gaitway.envs.sensors.lens import LensDistortion, Pinhole

LENS = Pinhole(320, 240, 160.0, 160.0, 159.5, 119.5)
COEFFICIENTS = (-0.12, 0.03, 4e-4, -3e-4)


def test_a_point_lands_where_opencv_projects_it():
    bend = LensDistortion(LENS, COEFFICIENTS)
    wide = bend.wide
    for x, y in ((0.0, 0.0), (0.6, -0.4), (-0.8, 0.5), (0.85, 0.6)):
        rows, columns = np.mgrid[: wide.height, : wide.width]
        u, v = wide.fx * x + wide.cx, wide.fy * y + wide.cy
        spot = np.exp(-((columns - u) ** 2 + (rows - v) ** 2) / (2 * 2.0**2)).astype(np.float32)
        bent = bend(spot)
        rows, columns = np.mgrid[: LENS.height, : LENS.width]
        found = (bent * columns).sum() / bent.sum(), (bent * rows).sum() / bent.sum()
        point, _ = cv2.projectPoints(
            np.array([[[x, y, 1.0]]]), np.zeros(3), np.zeros(3), LENS.matrix, np.array(COEFFICIENTS)
        )
        np.testing.assert_allclose(found, point.ravel(), atol=0.1)


def test_the_ideal_picture_is_wide_enough_for_every_pixel():
    bend = LensDistortion(LENS, COEFFICIENTS)
    assert bend(np.ones((bend.wide.height, bend.wide.width), np.float32)).min() == 1.0
    assert bend.wide.width > LENS.width


def test_ids_are_not_mixed():
    bend = LensDistortion(LENS, COEFFICIENTS)
    ids = np.where(np.arange(bend.wide.width) % 40 < 20, 7, 100)[None].repeat(bend.wide.height, 0)
    assert set(np.unique(bend(ids.astype(np.int32), nearest=True))) == {7, 100}


def test_a_lens_that_folds_its_picture_is_refused():
    with pytest.raises(ValueError, match="folds its picture"):
        LensDistortion(LENS, (-0.6, 0.0, 0.0, 0.0))
