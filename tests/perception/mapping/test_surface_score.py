"""Scores of a surface by hand."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.metrics.reconstruction import score_surface


def test_scores_by_hand():
    points = np.array([[0, 0, 0.0], [1, 0, 0.01], [2, 0, -0.05], [3, 0, 0.3]])
    visible = np.array([[0, 0, 0.0], [1, 0, 0], [2, 0, 0], [3, 0, 0], [4, 0, 0]])
    score = score_surface(points, lambda p: p[:, 2], visible, within=0.1)
    assert score.accuracy_rms == pytest.approx(np.sqrt((0.01**2 + 0.05**2 + 0.3**2) / 4))
    assert score.precision == pytest.approx(3 / 4)
    assert score.completeness == pytest.approx(3 / 5)
    assert score.f_score == pytest.approx(2 * 0.75 * 0.6 / 1.35)
    with pytest.raises(ValueError, match="without points"):
        score_surface(points[:0], lambda p: p[:, 2], visible, within=0.1)
