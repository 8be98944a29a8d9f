"""The page about a trajectory."""

from __future__ import annotations

import matplotlib.image
import numpy as np
from gaitway.planning.limits import Limits
from gaitway.planning.trajectory.plot import draw
from gaitway.planning.trajectory.retime import retime


def test_it_has_the_first_joint_in_its_uppermost_and_lowest_curves(tmp_path):
    limits = Limits([1, 2], [5, 5], [50, 50])
    result = retime([[0, 0], [1, 0.5], [0.5, 2]], limits, 0.1)
    draw(tmp_path / "a.png", result.trajectory, limits, ["shoulder", "elbow"], result.passes)
    picture = matplotlib.image.imread(tmp_path / "a.png")
    assert picture.shape[0] > 500
    distance = np.abs(picture[..., :3] - np.array([0x1F, 0x77, 0xB4]) / 255).max(axis=2)
    quarter = picture.shape[0] // 4
    assert distance[:quarter].min() < 0.02
    assert distance[-quarter:].min() < 0.02
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
