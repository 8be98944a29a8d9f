"""AMRs beside people, by closed forms: where they creep, and how they pass somebody."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.activity.incidents import NEAR_MISS
from gaitway.perception.scan.movers import Movers
from gaitway.twin.warehouse.caution import CLOSE, CREEP, allowed

HALF, CRUISE, PERSON = (0.4, 0.29), 1.5, 0.2
EAST = np.array([1.0, 0.0])


def _person(at: np.ndarray, velocity: tuple[float, float] = (0.0, 0.0), alive: bool = True) -> Movers:
    return Movers(at[None], np.array([velocity]), np.array([PERSON]), np.array([alive]))


@pytest.mark.parametrize("forward", [0.0, 0.7, np.pi])
def test_it_creeps_where_anybody_is_within_a_metre_of_any_side(forward: float) -> None:
    """Places at a known distance from the rectangle: from its sides, its ends, and round its corners."""
    c, s = np.cos(forward), np.sin(forward)
    turn = np.array([[c, -s], [s, c]])
    position = np.array([3.0, -2.0])
    for gap in (0.3, 0.95, 1.05, 1.3):
        reach = gap + PERSON
        behind = [np.array([-HALF[0] - reach, y]) for y in (-0.2, 0.0, 0.29)]
        beside = [np.array([x, side * (HALF[1] + reach)]) for x in (-0.4, -0.1) for side in (-1, 1)]
        angle = np.radians([100.0, 135.0, 170.0])
        corner = [np.array([-HALF[0], HALF[1]]) + reach * np.array([np.cos(a), np.sin(a)]) for a in angle]
        for place in (*behind, *beside, *corner):
            seen = _person(position + turn @ place)
            speed = allowed(position, turn @ EAST, HALF, CRUISE, seen)
            assert (speed == CREEP) == (gap < CLOSE), (gap, place)


def test_things_that_lie_beside_the_way_slow_nobody() -> None:
    thing = _person(np.array([0.5, 1.0]), alive=False)
    assert allowed(np.zeros(2), EAST, HALF, CRUISE, thing) == CRUISE
    assert allowed(np.zeros(2), EAST, HALF, CRUISE, _person(np.array([0.5, 1.0]))) == CREEP


@pytest.mark.parametrize("walks", [-1.2, 0.0, 1.2])
@pytest.mark.parametrize("aside", [0.85, 0.95, 1.1])
@pytest.mark.parametrize("braking", [0.8, 1.5])
def test_passing_somebody_is_no_near_miss(walks: float, aside: float, braking: float) -> None:
    """Both go straight; rims come as near as 0.36 m, and it must not be faster than 0.5 m/s then."""
    x, speed, dt, person, nearest = 0.0, CRUISE, 0.1, np.array([14.0, aside]), np.inf
    for _ in range(600):
        wanted = allowed(np.array([x, 0.0]), EAST, HALF, CRUISE, _person(person, (walks, 0.0)))
        speed += np.clip(wanted - speed, -braking * dt, braking * dt)
        x += speed * dt
        person[0] += walks * dt
        gap = np.hypot(max(abs(person[0] - x) - HALF[0], 0.0), aside - HALF[1]) - PERSON
        nearest = min(nearest, gap)
        assert gap >= NEAR_MISS or speed <= 0.5
        if x > person[0] + 4.0:
            break
    passes = walks <= 0.0
    assert (nearest < 0.8) == passes
    assert not passes or speed > 1.0, "it speeds up when he is well behind"


def test_it_stops_before_who_is_ahead_and_goes_on_behind_him() -> None:
    assert allowed(np.zeros(2), EAST, HALF, CRUISE, _person(np.array([1.3, 0.3]))) == 0.0
    assert allowed(np.zeros(2), EAST, HALF, CRUISE, _person(np.array([-2.0, 0.3]))) == CRUISE
    nobody = Movers(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0), np.zeros(0, bool))
    assert allowed(np.zeros(2), EAST, HALF, CRUISE, nobody) == CRUISE
