"""Who fell over and lies, and what only looks like it: on made-up detections, without pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from gaitway.perception.activity.classes import KINDS, is_prone
from gaitway.perception.activity.detections import COLOURS, Detections
from gaitway.perception.activity.incidents import IncidentRules
from gaitway.perception.activity.pipeline import Thing
from gaitway.perception.activity.tracker import Tracker

STANDING, LYING, CROUCHING = (0.5, 0.45, 1.75), (1.75, 0.5, 0.3), (0.7, 0.6, 0.95)
FELL_AT = 6.0

Look = tuple[float, float, tuple[float, float, float]]


def follow(looks: Callable[[float], list[Look]], seconds: float, period: float = 0.5) -> list[tuple]:
    """Incidents (kind, when it was told, when it was over) of things seen at x, y with a size each look."""
    tracker, rules = Tracker(), IncidentRules([])
    for time in np.arange(0.0, seconds, period):
        x, y, shapes = zip(*looks(time), strict=True)
        shape, n = np.array(shapes), len(x)
        tracker.predict(time)
        tracker.update(
            Detections(
                np.column_stack([x, y]), shape[:, :2], np.zeros(n), shape[:, 2],
                np.eye(COLOURS)[np.zeros(n, int)], np.full(n, 200), np.full(n, 0.07), np.ones(n, int),
                np.full(n, -1), np.zeros(n, bool),
            ),
            lambda positions: np.ones(len(positions), bool),
        )  # fmt: skip
        rules.step(
            time,
            [
                Thing(
                    track.id, KINDS[track.kind], track.position, track.velocity, track.size, track.heading,
                    track.height, 1.0 if track.seen == time else 0.5, track.colours, track.still_for(time),
                    track.fell,
                )
                for track in tracker.believed
            ],
        )  # fmt: skip
    return [(one.kind, one.reported, one.end) for one in rules.incidents]


def walking(time: float) -> float:
    """x in m of somebody who walks at 1.2 m/s until he falls."""
    return 1.2 * min(time, FELL_AT)


@pytest.mark.parametrize(("period", "within"), [(0.5, 1.5), (1.0, 2.0)])
def test_who_falls_over_and_lies_is_told_within_two_looks(period: float, within: float) -> None:
    found = follow(lambda t: [(walking(t), 3.0, LYING if t > FELL_AT else STANDING)], 20.0, period)
    assert [kind for kind, *_ in found] == ["person_down"]
    assert FELL_AT + 1.0 < found[0][1] <= FELL_AT + period + within and found[0][2] is None


def test_it_is_over_when_he_is_on_his_feet_again() -> None:
    lies = (FELL_AT + 0.1, FELL_AT + 8.0)
    found = follow(lambda t: [(walking(t), 3.0, LYING if lies[0] < t < lies[1] else STANDING)], 20.0)
    assert [kind for kind, *_ in found] == ["person_down"]
    assert abs(found[0][2] - lies[1]) <= 1.0


def test_what_falls_where_nobody_was_is_a_load() -> None:
    found = follow(lambda t: [(0.0, 9.0, STANDING), *([(7.2, 3.0, LYING)] if t > FELL_AT else [])], 12.0)
    assert [kind for kind, *_ in found] == ["dropped_load"]


def test_what_falls_beside_somebody_who_walks_on_is_a_load() -> None:
    found = follow(lambda t: [(1.2 * t, 3.0, STANDING), *([(7.2, 3.9, LYING)] if t > FELL_AT else [])], 12.0)
    assert [kind for kind, *_ in found] == ["dropped_load"]


@pytest.mark.parametrize("shape", [CROUCHING, LYING])
def test_who_crouches_or_lies_for_a_moment_is_not_down(shape: tuple[float, float, float]) -> None:
    found = follow(lambda t: [(walking(t), 3.0, shape if 6.1 < t < 7.1 else STANDING)], 15.0)
    assert not found


def test_who_went_out_of_sight_did_not_fall() -> None:
    """He is gone for four seconds when something lies where he was."""

    def looks(time: float) -> list[Look]:
        him = [(walking(time), 3.0, STANDING)] if time <= FELL_AT else []
        return [(0.0, 9.0, STANDING), *him, *([(7.2, 3.0, LYING)] if time > FELL_AT + 4.0 else [])]

    assert [kind for kind, *_ in follow(looks, 18.0)] == ["dropped_load"]


def test_shapes_of_people_who_lie() -> None:
    sizes = np.array([(1.75, 0.5), (1.6, 0.9), (0.6, 0.4), (1.9, 1.2), (1.9, 0.5), (1.0, 1.0), (2.4, 1.1)])
    heights = np.array([0.3, 0.25, 0.4, 0.9, 0.05, 0.3, 0.5])
    assert is_prone(heights, sizes).tolist() == [True, True, False, False, False, False, False]
