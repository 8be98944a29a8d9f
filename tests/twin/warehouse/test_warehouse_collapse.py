"""Somebody collapses: he lies still, cameras see him, floor about him is closed, and he gets up."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from gaitway.assets.warehouse.layout import WarehouseCfg, plan
from gaitway.perception.camera import Camera
from gaitway.perception.poses import pose_of
from gaitway.twin.ceiling.hall import Hall, calibrate
from gaitway.twin.journal.journal import Journal
from gaitway.twin.journal.reading import Reading
from gaitway.twin.warehouse.network import build_network
from gaitway.twin.warehouse.people import People
from gaitway.twin.warehouse.run import Run
from gaitway.twin.warehouse.scenario import FleetCfg, MishapCfg, OrdersCfg, PeopleCfg, Scenario, WatchCfg

DOWN = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
AT, LASTS = 6.0, 12.0


@pytest.fixture(scope="module")
def hall() -> Hall:
    """The floor of a small warehouse without its racks, below cameras 9 m up."""
    layout = plan(WarehouseCfg(area_m2=2500.0), np.random.default_rng(0))
    x, y = layout.half_length, layout.half_width
    places = [(px, py) for px in np.linspace(-x + 5, x - 5, 7) for py in np.linspace(-y + 5, y - 5, 4)]
    cameras = {
        f"camera_{k:02d}": Camera(
            160, 120, 80.0, 80.0, 79.5, 59.5, body_from_camera=pose_of([*at, 9.0], DOWN)
        )
        for k, at in enumerate(places)
    }
    depth = np.full((len(cameras), 120, 160), 9.0, np.float32)
    return Hall(layout, calibrate(layout, cameras), depth, np.full((*depth.shape, 3), 128, np.uint8))


@pytest.fixture(scope="module")
def journal(hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    scenario = Scenario(
        seed=4, seconds=28.0, fleet=FleetCfg(2), people=PeopleCfg(3, 0), orders=OrdersCfg(60.0),
        watch=WatchCfg(2.0), mishaps=(MishapCfg("person_down", AT, LASTS, "worker_01"),),
    )  # fmt: skip
    path = tmp_path_factory.mktemp("collapse") / "journal.sqlite"
    with Journal(path, {"start": scenario.start.isoformat()}) as journal:
        Run(scenario, hall, journal).run()
    return Reading(path).database


def _events(journal: sqlite3.Connection, kind: str) -> list[sqlite3.Row]:
    return journal.execute("SELECT * FROM events WHERE kind = ? ORDER BY id", (kind,)).fetchall()


def test_he_is_seen_and_floor_about_him_is_closed(hall: Hall, journal: sqlite3.Connection) -> None:
    (truth,) = _events(journal, "truth")
    alarms = [event for event in _events(journal, "incident_detected") if event["note"] == "person_down"]
    assert truth["actor"] == "worker_01" and len(alarms) == 1
    assert 1.0 <= alarms[0]["time"] - truth["time"] < 2.0
    assert np.hypot(alarms[0]["x"] - truth["x"], alarms[0]["y"] - truth["y"]) < 0.3
    (cleared,) = [e for e in _events(journal, "incident_cleared") if e["incident"] == alarms[0]["id"]]
    assert LASTS < cleared["time"] - truth["time"] < LASTS + 6.0
    updated = [e for e in _events(journal, "map_updated") if e["incident"] == alarms[0]["id"]]
    near = np.hypot(*(build_network(hall.layout).at - [truth["x"], truth["y"]]).T)
    assert bool(updated) == bool((near < 2.0).any()), "AMRs' floor is closed if he lies near it"


def test_he_lies_still_until_help_came(journal: sqlite3.Connection) -> None:
    (truth,) = _events(journal, "truth")
    rows = journal.execute("SELECT time, x, y FROM samples WHERE actor = 'worker_01' ORDER BY time")
    track = np.array([tuple(row) for row in rows])
    lies = (track[:, 0] > truth["time"] + 0.2) & (track[:, 0] < truth["time"] + LASTS)
    assert lies.sum() >= 11 and np.ptp(track[lies, 1:], axis=0).max() == 0.0
    later = track[:, 0] > truth["time"] + LASTS + 5.0
    assert np.hypot(*np.ptp(track[later, 1:], axis=0)) > 1.0, "he walks again"


def test_a_truck_waits_before_who_lies_however_long(hall: Hall) -> None:
    """Before anybody who stands it goes on after 20 s."""
    people = People(hall.layout, PeopleCfg(1, 1), 120.0, np.random.default_rng(0))
    truck, lying = people.kinds.index("forklift"), people.kinds.index("worker")
    velocity = people._velocity[:, truck]
    moving = int(np.flatnonzero(np.linalg.norm(velocity, axis=1) > 0.5)[0])
    ahead = velocity[moving] / np.linalg.norm(velocity[moving])
    people._position[:, lying], people._velocity[:, lying] = (
        people._position[moving, truck] + 2.5 * ahead,
        0.0,
    )
    down = np.arange(2) == lying
    crowd = people.step(0.0, 0.1, np.zeros((0, 2)), down)
    for time in np.arange(0.1, 90.0, 0.1):
        crowd = people.step(time, 0.1, np.zeros((0, 2)), down)
    gap = np.linalg.norm(crowd.position[0] - crowd.position[1])
    assert 1.5 < gap < 3.5


@pytest.mark.parametrize(
    ("workers", "places", "message"),
    [
        (0, ("",), "nobody is left who could fall"),
        (2, ("", "", ""), "nobody is left who could fall"),
        (2, ("worker_77",), r"person_down: place = 'worker_77' is not there; known are worker_"),
    ],
)
def test_who_is_not_there_cannot_fall(
    hall: Hall, tmp_path: Path, workers: int, places: tuple[str, ...], message: str
) -> None:
    mishaps = tuple(MishapCfg("person_down", 9.0, place=place) for place in places)
    scenario = Scenario(people=PeopleCfg(workers, 1), fleet=FleetCfg(2), mishaps=mishaps)
    with (
        Journal(tmp_path / "journal.sqlite", {"start": scenario.start.isoformat()}) as journal,
        pytest.raises(ValueError, match=message),
    ):
        Run(scenario, hall, journal)
