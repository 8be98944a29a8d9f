"""Things about a robot that are not on its map: found in a scan, followed, told from what lies still."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.scan.movers import Movers, MoverTracker, groups, off_map

ANGLES = np.arange(360) * (2 * np.pi / 360)


def _circle(middle: tuple[float, float], radius: float) -> np.ndarray:
    """Where beams from the origin meet a circle, in their order (k, 2)."""
    beam = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
    along = beam @ middle
    room = radius**2 - (np.dot(middle, middle) - along**2)
    hits = (along > 0) & (room > 0)
    return beam[hits] * (along[hits] - np.sqrt(room[hits]))[:, None]


def test_two_legs_are_one_thing_and_two_people_are_two():
    legs = np.concatenate([_circle((2.0, -0.12), 0.07), _circle((2.0, 0.12), 0.07)])
    at, radius = groups(legs[np.argsort(np.arctan2(legs[:, 1], legs[:, 0]) % (2 * np.pi))])
    assert at == pytest.approx(np.array([[1.95, 0.0]]), abs=0.05)  # over the beam where the turn begins
    assert 0.1 < radius[0] < 0.25
    people = np.concatenate([_circle((2.0, 0.5), 0.2), _circle((2.0, 1.5), 0.2)])
    assert len(groups(people)[0]) == 2


def test_what_is_near_a_box_of_the_map_is_that():
    """A rack of 4 x 1 m at (5, 0), turned by 30 degrees."""
    c, s = np.cos(np.pi / 6), np.sin(np.pi / 6)
    rack = np.array([[5.0, 0.0, c, s, 2.0, 0.5]])
    own = np.array([[1.9, 0.0], [2.1, 0.0], [2.2, 0.0], [0.0, 0.5], [0.0, 0.6], [0.0, 0.7], [2.1, 0.6]])
    points = own @ np.array([[c, s], [-s, c]]) + [5.0, 0.0]
    assert off_map(points, rack).tolist() == [False, False, True, False, False, True, False]
    assert off_map(points, np.zeros((0, 6))).all()


def _follow(places: np.ndarray) -> list[Movers]:
    tracker = MoverTracker()
    return [tracker.step(0.1 * k, *groups(_circle(tuple(place), 0.2))) for k, place in enumerate(places)]


def test_somebody_who_walks_has_his_velocity():
    places = np.array([4.0, -1.0]) + 0.1 * np.arange(25)[:, None] * [-0.6, 0.8]
    last = _follow(places)[-1]
    assert last.velocity == pytest.approx(np.array([[-0.6, 0.8]]), abs=0.2)
    assert last.alive.all()


def test_what_lies_still_is_no_longer_alive_after_a_while():
    seen = _follow(np.tile([3.0, 0.5], (80, 1)))
    assert seen[10].alive.all()
    assert not seen[-1].alive.any()


def test_who_walked_and_stands_may_walk_on():
    """For 20 s he stands, where a thing that lies is known for one after 5."""
    places = np.concatenate(
        [[4.0, -1.0] + np.arange(20)[:, None] * [0.0, 0.1], np.tile([4.0, 0.9], (200, 1))]
    )
    assert _follow(places)[-1].alive.all()


def test_who_is_hidden_for_a_moment_is_the_same():
    """Without a thing for 0.3 s, it goes on as it did; after a second, it is new and at rest."""
    for hidden, moves in ((3, True), (10, False)):
        tracker = MoverTracker()
        for k in range(20):
            tracker.step(0.1 * k, *groups(_circle((4.0 - 0.1 * k, 1.0), 0.2)))
        for k in range(20, 20 + hidden):
            tracker.step(0.1 * k, np.zeros((0, 2)), np.zeros(0))
        k = 20 + hidden
        back = tracker.step(0.1 * k, *groups(_circle((4.0 - 0.1 * k, 1.0), 0.2)))
        assert (np.linalg.norm(back.velocity) > 0.5) == moves
