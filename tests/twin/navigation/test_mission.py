"""A short drive by the robot's own eyes, blind on the way; and the people it meets."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.twin.navigation.campaign import figures
from gaitway.twin.navigation.disturbances import KINDS, Disturbance, Kind
from gaitway.twin.navigation.mission import MissionCfg, drive_mission
from gaitway.twin.navigation.people import Person, Surprise


@pytest.mark.timeout(900)
def test_it_gets_there_though_it_sees_nothing_for_a_while() -> None:
    """Arrived by the truth of physics, which it is never told; it stood while it was lost."""
    cfg = MissionCfg(
        seed=3, length=4.0, workers=0, step_out=False, disturbance=Disturbance("blackout", 3.0, 2.5)
    )
    row = figures(cfg, drive_mission(cfg))
    assert row["arrived"] and not row["collided"]
    assert row["distance_m"] < 0.3
    assert row["lost_ticks"] >= 20
    assert row["stopped_while_lost"] is True
    assert row["odometry_rmse_m"] < 0.2


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_are_disturbed_for_their_time_only(kind: Kind) -> None:
    rng = np.random.default_rng(0)
    pictures = {name: rng.integers(0, 255, (48, 64), np.uint8) for name in ("left", "right")}
    disturbance = Disturbance(kind, start=2.0, seconds=1.0)
    for time in (1.9, 3.0):
        assert disturbance(time, pictures) is pictures
    during = [disturbance(2.0 + 0.05 * k, pictures) for k in range(20)]
    if kind == "dropped":
        assert 2 < sum(not some for some in during) < 15
    else:
        assert all(some["left"].std() < 0.5 * pictures["left"].std() for some in during)


def test_a_person_waits_for_a_robot_in_the_way_and_goes_on_when_it_has_left() -> None:
    person = Person([(0.0, 0.0), (10.0, 0.0)], speed=1.0)
    robot, far = np.array([3.0, 0.2]), np.array([50.0, 0.0])
    for k in range(1, 81):
        person.walk(0.1 * k, robot if k < 60 else far)
        assert np.linalg.norm(person.pose(0.1 * k)[0][0, :2] - robot) > 1.0 or k >= 60
    waited = person.pose(5.9)[0][0, 0]
    assert 1.7 < waited < 2.0
    assert person.pose(8.0)[0][0, 0] == pytest.approx(waited + 2.1, abs=0.15)


def test_the_surprise_steps_into_the_way_waits_and_leaves() -> None:
    surprise, robot = Surprise(), np.array([5.0, 1.0])
    surprise.walk(1.0, robot)
    assert np.linalg.norm(surprise.pose(1.0)[0][0, :2] - robot) > 100
    surprise.step_out(2.0, robot, np.pi / 2, side=1.0)
    track = []
    for k in range(1, 80):
        surprise.walk(2.0 + 0.1 * k, robot)
        track.append(surprise.pose(2.0 + 0.1 * k)[0][0, :2])
    xs = np.array(track)[:, 0]
    assert xs[0] == pytest.approx(5.0 - 1.8 + 0.12, abs=0.05), "from the left"
    in_the_way = np.abs(xs - 5.0) < 0.05
    assert 25 < in_the_way.sum() < 35, "three seconds"
    assert xs[-1] == pytest.approx(5.0 + 1.8, abs=0.05)
    assert np.allclose(np.array(track)[:, 1], 1.0 + 3.2, atol=0.05)
