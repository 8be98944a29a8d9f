"""After a failure something else is tried."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.poses import pose_of, rotation_exp
from gaitway.twin.manipulation.attempt import is_stuck
from gaitway.twin.manipulation.grip import Choice
from gaitway.twin.manipulation.hands import Hold


@pytest.mark.parametrize(
    ("outcomes", "stuck"),
    [
        ([], False),
        (["placed"], False),
        (["no way"], True),
        (["not held"], False),
        (["placed", "not held", "not held"], True),
        (["not held", "not held", "not held"], False),
        (["not held"] * 4, True),
        (["not held", "not held", "placed"], False),
        (["not held", "no way"], True),
    ],
)
def test_a_last_resort_is_not_tried_twice_in_a_row(outcomes: list[str], stuck: bool) -> None:
    assert is_stuck(outcomes) == stuck


def test_of_equal_grasps_each_is_tried_once_before_one_is_tried_again() -> None:
    """All within 3 cm of one another: by their turns alone they differ."""
    turns = rotation_exp(np.radians([0.0, 30.0, 60.0])[:, None] * [0.0, 0.0, 1.0])
    found = [
        Hold("fingers", pose_of(np.array([0.3, 0.0, 0.1]), turn), 0.1, score)
        for turn, score in zip(turns, (1.0, 0.95, 0.9), strict=True)
    ]
    choice, tried = Choice(), []
    for _ in range(3):
        [(_, good)] = choice.options(found)
        tried.append(found.index(good[0]))
        choice.spoil(good[0])
    assert tried == [0, 1, 2]
