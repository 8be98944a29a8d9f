"""Drawings by parallel rays: lengths, what hides what, and where points are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.mesh_picture import Outlook, draw_mesh

UP, NORTH = (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)
SQUARE = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [2.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]])


def test_a_square_has_its_size_and_the_nearer_one_hides_the_other():
    small = 0.5 * SQUARE + [0.5, 0.25, 1.0]
    vertices, triangles = np.concatenate([SQUARE, small]), np.concatenate([TRIANGLES, TRIANGLES + 4])
    colours = np.repeat([[0, 0, 200], [200, 0, 0]], 4, axis=0)
    outlook = Outlook.of(vertices, UP, NORTH, longest=400, margin=0.1)
    picture = draw_mesh(vertices, triangles, colours, outlook)
    assert picture.shape == (200, 400, 3)
    red = (picture[..., 0] > 100) & (picture[..., 2] < 10)
    blue = (picture[..., 2] > 100) & (picture[..., 0] < 10)
    assert red.sum() == pytest.approx(0.5 * outlook.scale**2, rel=0.02)
    assert blue.sum() == pytest.approx(1.5 * outlook.scale**2, rel=0.02)
    rows, columns = np.nonzero(red)
    (left, top), (right, bottom) = outlook.pixels(np.array([[0.5, 0.75, 1.0], [1.5, 0.25, 1.0]]))
    np.testing.assert_allclose([columns.min(), rows.min()], [left, top], atol=1)
    np.testing.assert_allclose([columns.max() + 1, rows.max() + 1], [right, bottom], atol=1)


def test_aslant_a_height_is_shortened_by_the_cosine():
    outlook = Outlook.of(SQUARE, (0.0, -1.0, 1.0), UP, longest=200)
    (low, high) = outlook.pixels(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))
    assert low[0] == pytest.approx(high[0])
    assert low[1] - high[1] == pytest.approx(outlook.scale * np.sqrt(0.5))
