"""Plans driven with speed, acceleration and turns: nobody is hit, everybody arrives, times are trapezoids."""

from __future__ import annotations

import math

import numpy as np
import pytest
from gaitway.fleet.errors import FleetError
from gaitway.fleet.execution.dependency import DependencyGraph
from gaitway.fleet.execution.drive import Drive
from gaitway.fleet.execution.kinematics import Kinematics
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from .recorded_traffic import GRAPH, recorded

AT = GRAPH.xy * (1.0, -1.0)
MIR = Kinematics(speed=2.0, acceleration=0.8, turn_rate=1.2)


@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    seed=st.integers(0, 999),
    robots=st.integers(2, 25),
    slow=st.floats(0, 0.9),
    speed=st.floats(0.5, 3),
    acceleration=st.floats(0.3, 3),
)
def test_late_robots_never_collide_and_all_arrive(seed, robots, slow, speed, acceleration):
    cells = recorded(seed, robots, 15)
    rng = np.random.default_rng(seed)
    drive = Drive(DependencyGraph(list(cells.T)), AT, Kinematics(speed, acceleration, 1.0), tick=0.1)
    is_slow = rng.random(robots) < slow
    before = drive.velocity
    for _ in range(4000):
        # Slow robots make a third of their speed; all stand now and then.
        pace = np.where(is_slow, 0.3, 1.0) * (rng.random(robots) > 0.05)
        yaw = drive.yaw.copy()
        drive.step(pace)
        assert (drive.velocity <= speed + 1e-9).all()
        assert (drive.velocity - before <= 0.1 * acceleration + 1e-9).all()
        assert not (drive.velocity[drive.yaw != yaw]).any()
        before = drive.velocity
        gap = np.linalg.norm(drive.positions[:, None] - drive.positions, axis=2) + 9 * np.eye(robots)
        # A cell counts as reached a millimetre before its middle, on either side.
        assert gap.min() >= 1 - 2.1e-3
        if drive.is_done:
            break
    assert drive.is_done
    assert np.allclose(drive.positions, AT[cells[-1]], atol=2e-3)


def trapezoid(distance: float, speed: float, acceleration: float) -> float:
    """By integration of speed over the way in small pieces, not by the closed form."""
    pieces = np.linspace(0, distance, 200_001)
    middle = (pieces[1:] + pieces[:-1]) / 2
    fastest = np.minimum(speed, np.sqrt(2 * acceleration * np.minimum(middle, distance - middle)))
    return float((np.diff(pieces) / fastest).sum())


@pytest.mark.parametrize("distance", [0.3, 1.0, 4.9, 5.1, 30.0])
def test_times_of_straight_ways_are_trapezoids(distance):
    assert MIR.straight(distance) == pytest.approx(trapezoid(distance, 2.0, 0.8), rel=2e-3)
    assert MIR.turn(-math.pi / 2) == pytest.approx(math.pi / 2 / 1.2)


def test_cells_in_a_row_take_less_time_than_one_by_one_and_turns_take_theirs():
    # Eight cells east, a turn to the south, four cells.
    path = np.concatenate([GRAPH.at([(x, 0) for x in range(1, 10)]), GRAPH.at([(9, y) for y in range(1, 5)])])
    drive = Drive(DependencyGraph([path]), AT, MIR, yaw=math.pi, tick=0.02)
    while not drive.is_done:
        drive.step()
    expected = math.pi / 1.2 + trapezoid(8, 2, 0.8) + math.pi / 2 / 1.2 + trapezoid(4, 2, 0.8)
    assert drive.time == pytest.approx(expected, abs=0.2)
    assert drive.time < 12 * trapezoid(1, 2, 0.8)


def test_a_slow_zone_is_entered_slowly():
    path = GRAPH.at([(x, 0) for x in range(1, 19)])
    zones = np.where(GRAPH.xy[:, 0] >= 12, 0.25, 1.0)
    drive = Drive(DependencyGraph([path]), AT, MIR, zones=zones, tick=0.02)
    fastest = 0.0
    while not drive.is_done:
        drive.step()
        x = drive.positions[0, 0]
        fastest = max(fastest, drive.velocity[0])
        if x > 11.1:
            assert drive.velocity[0] <= 0.5 + 1e-9
    assert fastest > 1.9


def test_who_waits_for_another_stops_before_its_cell():
    graph = DependencyGraph([[0, 1, 2, 3], [9, 9, 9, 2, 8]])
    at = np.zeros((10, 2))
    at[[0, 1, 2, 3, 8, 9]] = [(0, 0), (1, 0), (2, 0), (3, 0), (2, -1), (2, 1)]
    drive = Drive(graph, at, MIR, tick=0.05)
    while drive.ended[0] < 3:
        drive.step([0.2, 1.0])
        assert drive.ended[0] == 3 or drive.positions[1].tolist() == [2, 1]
    while not drive.is_done:
        drive.step()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Kinematics(0, 1, 1), "speed is 0"),
        (lambda: Kinematics(1, math.nan, 1), "acceleration is nan"),
        (lambda: Drive(DependencyGraph([[0, 1]]), np.eye(2), MIR, zones=0), "parts of full speed"),
        (lambda: Drive(DependencyGraph([[0, 1]]), np.eye(2), MIR, tick=0), "tick is 0 s"),
    ],
)
def test_bad_numbers_are_refused(make, sentence):
    with pytest.raises(FleetError, match=sentence):
        make()
