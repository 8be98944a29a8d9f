"""Incidents, zones, lines and heat, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gaitway.perception.activity.analytics import Analytics, crossing
from gaitway.perception.activity.calibration import Calibration, Line, Zone
from gaitway.perception.activity.detections import COLOURS
from gaitway.perception.activity.incidents import IncidentRules, free_width
from gaitway.perception.activity.pipeline import Thing


def rectangle(name: str, kind: str, x0: float, y0: float, x1: float, y1: float) -> Zone:
    return Zone(name, kind, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))


ZONES = [
    rectangle("aisle", "aisle", 0, 0, 3.8, 20),
    rectangle("lane", "amr_lane", 10, 0, 12, 20),
    rectangle("park", "parking", 20, 0, 25, 5),
]


def thing(name, kind, x, y, speed=0.0, still=0.0, size=(0.8, 0.6), height=1.0, heading=np.pi / 2) -> Thing:
    return Thing(
        name, kind, np.array([x, y], float), np.array([0.0, speed]), np.array(size), heading, height, 1.0,
        np.zeros(COLOURS), still,
    )  # fmt: skip


def run(rules: IncidentRules, frames) -> list[tuple[str, float, float, float | None]]:
    for time, things in frames:
        rules.step(time, things)
    return [(i.kind, i.start, i.reported, i.end) for i in rules.incidents]


def test_dropped_load_is_reported_after_a_second_and_ends():
    frames = [
        (t, [thing(1, "obstacle", 1, 5, still=t, height=0.4)] if t < 6 else []) for t in np.arange(0, 12, 0.5)
    ]
    assert run(IncidentRules(ZONES), frames) == [("dropped_load", 0.0, 1.0, 5.5)]


def test_spill_is_flat_and_a_wide_load_blocks_the_aisle():
    puddle = thing(1, "obstacle", 1.0, 5, still=2, size=(0.6, 0.5), height=0.0)
    pallet = thing(2, "obstacle", 1.9, 9, still=2, size=(1.9, 1.2), height=0.9, heading=0.0)
    found = run(IncidentRules(ZONES), [(3.0, [puddle, pallet])])
    assert [kind for kind, *_ in found] == ["spill", "dropped_load", "blocked_aisle"]


@pytest.mark.parametrize(
    ("x", "heading", "width"),
    [(1.9, 0.0, 3.8 - 1.9 - 0.95), (1.9, np.pi / 2, 3.8 - 1.9 - 0.6), (0.6, 0.0, 3.8 - 1.55)],
)
def test_free_width(x, heading, width):
    assert free_width(ZONES[0], np.array([x, 5.0]), np.array([1.9, 1.2]), heading) == pytest.approx(width)


def test_vehicle_that_stands_is_an_incident_except_where_it_parks():
    def frames(x):
        return [(t, [thing(1, "amr", x, 3, still=t)]) for t in np.arange(0, 15, 0.5)]

    assert run(IncidentRules(ZONES), frames(1.0)) == [("stopped_vehicle", 10.0, 10.0, None)]
    assert run(IncidentRules(ZONES), frames(22.0)) == []


def test_person_in_lane_needs_a_second():
    crossing_quickly = [(t, [thing(1, "worker", 8 + 2.5 * t, 3)]) for t in np.arange(0, 4, 0.4)]
    assert run(IncidentRules(ZONES), crossing_quickly) == []
    lingering = [(t, [thing(1, "worker", 11.0 if 1 <= t < 6 else 9.0, 3)]) for t in np.arange(0, 12, 0.5)]
    assert run(IncidentRules(ZONES), lingering) == [("person_in_lane", 1.0, 2.0, 5.5)]


def test_truck_that_turned_away_did_not_point_at_the_person_before():
    person = thing(2, "worker", 0, 1.5, size=(0.5, 0.5))
    frames = [
        (0.0, [thing(1, "forklift", 0, 0, speed=1.5, size=(2.4, 1.2), heading=0.0), person]),
        (0.5, [thing(1, "forklift", 1.5, 0.2, speed=1.5, size=(2.4, 1.2), heading=np.radians(75)), person]),
    ]
    assert run(IncidentRules(ZONES), frames) == []


def pass_by(gap: float, speed: float) -> list:
    """An AMR passes a person who stands; the least gap falls between two looks."""
    beside = 0.3 + 0.25 + gap
    return [
        (
            t,
            [
                thing(1, "amr", 5, speed * (t - 2.25), speed=speed),
                thing(2, "worker", 5 + beside, 0, size=(0.5, 0.5)),
            ],
        )
        for t in np.arange(0, 5, 0.5)
    ]


def test_near_miss_between_two_looks():
    assert [k for k, *_ in run(IncidentRules([]), pass_by(0.3, 1.5))] == ["near_miss"]
    assert run(IncidentRules([]), pass_by(0.7, 1.5)) == []
    assert run(IncidentRules([]), pass_by(0.3, 0.3)) == []


def test_a_vehicle_that_brakes_unseen_has_not_hit_anybody():
    """It stands 1 m before a person; not being seen, it was taken to have gone on."""
    person = thing(2, "worker", 5, 0, size=(0.5, 0.5))
    frames = [
        (t, [replace(thing(1, "forklift", 5, -4 + 1.5 * t, speed=1.5), confidence=seen), person])
        for t, seen in [(0.0, 1.0), (0.5, 1.0), (1.0, 1.0), (1.5, 0.8), (2.0, 0.6), (2.5, 0.5)]
    ]
    standing = (3.0, [thing(1, "forklift", 5, -1.8), person])
    assert run(IncidentRules([]), [*frames, standing]) == []


DOOR = Line("door", np.array([[0.0, 0.0], [4.0, 0.0]]))


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ((1, 1), (1, -1), "in"),
        ((1, -1), (1, 1), "out"),
        ((5, 1), (5, -1), ""),
        ((1, 2), (1, 1), ""),
        ((1, 0.5), (3, 0.5), ""),
    ],
)
def test_line_is_crossed_from_left_to_right(before, after, way):
    assert crossing(DOOR, np.array(before, float), np.array(after, float)) == way


def test_dwell_visits_heat_and_crossings():
    analytics = Analytics(
        Calibration({}, (-5.0, -5.0, 15.0, 25.0), ZONES[:1], [Line("l", np.array([[0, 6.0], [4, 6]]))])
    )
    for k in range(21):
        # 5 s at y = 5, then away; another one stands there all the time.
        y = 5.0 if k <= 10 else 30.0
        analytics.add(0.5 * k, [thing(1, "worker", 1, y), thing(2, "amr", 1, 7)])
    assert analytics.zones["aisle", "worker"].dwell == pytest.approx(5.0)
    assert analytics.zones["aisle", "worker"].visits == 1
    assert analytics.zones["aisle", "amr"].dwell == pytest.approx(10.0)
    assert analytics.zones["aisle", "amr"].present == 1
    assert analytics.heat["worker"].sum() == pytest.approx(5.0)
    row, column = np.argwhere(analytics.heat["worker"])[0]
    assert analytics.middle_of(np.array([[row, column]]))[0].tolist() == [1.25, 5.25]
    assert analytics.crossings == {("l", "worker", "out"): 1}
