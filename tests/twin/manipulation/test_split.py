"""Things that touch are cut apart: pictures drawn here, whose parts are known."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.twin.manipulation.split import connected, parts


def pictures(reason: str) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Masks of two things side by side, depth, and colours; they differ by `reason` alone."""
    left, right = np.zeros((2, 120, 160), bool)
    left[30:90, 20:80] = True
    right[30:90, 80:140] = True
    if reason == "neck":
        right[:, 80:100] = False
        right[55:61, 80:100] = True
    depth = np.where(left | right, 0.90, 1.0).astype(np.float32)
    rgb = np.full((120, 160, 3), 90, np.uint8)
    rgb[left | right] = (160, 115, 70)
    if reason == "depth":
        depth[right] += 0.02
    if reason == "colour":
        rgb[right] = (40, 110, 150)
    return [left, right], depth, rgb


@pytest.mark.parametrize("reason", ["depth", "colour", "neck"])
def test_each_of_two_that_touch_is_among_the_parts(reason):
    things, depth, rgb = pictures(reason)
    blob = things[0] | things[1]
    assert len(connected(blob)) == 1
    found = parts(blob, depth, rgb)
    for thing in things:
        overlaps = [(thing & part).sum() / (thing | part).sum() for part in found]
        assert max(overlaps) > 0.9


def test_one_thing_of_one_colour_is_not_cut():
    things, depth, rgb = pictures("nothing")
    assert parts(things[0], depth, rgb) == []


def test_shadow_alone_cuts_nothing():
    things, depth, rgb = pictures("nothing")
    rgb[things[0] & (np.arange(160) > 50)] = (112, 80, 49)
    assert parts(things[0], depth, rgb) == []
