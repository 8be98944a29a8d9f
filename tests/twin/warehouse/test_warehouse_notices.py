"""What the twin is told: docks out of use lose no order, broken lanes are left and gone round."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from gaitway.perception.activity.calibration import Zone
from gaitway.twin.ask.ask import ask
from gaitway.twin.ceiling.hall import Hall, open_hall
from gaitway.twin.journal.journal import Journal
from gaitway.twin.journal.reading import Reading
from gaitway.twin.report.facts import read_shift
from gaitway.twin.report.incidents import find_incidents
from gaitway.twin.warehouse.network import build_network
from gaitway.twin.warehouse.notices import Notices
from gaitway.twin.warehouse.run import Run
from gaitway.twin.warehouse.scenario import (
    FleetCfg,
    HallCfg,
    MishapCfg,
    OrdersCfg,
    PeopleCfg,
    Scenario,
    WatchCfg,
)

from .bare_hall import keep_bare_hall

SCENARIO = Scenario(
    seed=3,
    seconds=150.0,
    hall=HallCfg(2500.0, 2),
    fleet=FleetCfg(6),
    people=PeopleCfg(0, 0),
    orders=OrdersCfg(per_hour=1800.0),
    watch=WatchCfg(rate=0.0),
    mishaps=(
        MishapCfg("closed_dock", 40.0, 60.0, "pick_station_00"),
        MishapCfg("broken_lane", 20.0, 40.0, "aisle_06A"),
    ),
)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    halls = tmp_path_factory.mktemp("halls")
    keep_bare_hall(halls, SCENARIO.hall)
    return open_hall(halls, SCENARIO.hall.warehouse)


@pytest.fixture(scope="module")
def reading(hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> Reading:
    path = tmp_path_factory.mktemp("told") / "journal.sqlite"
    with Journal(path, {"start": SCENARIO.start.isoformat()}) as journal:
        Run(SCENARIO, hall, journal).run()
    return Reading(path)


def _events(reading: Reading, kind: str) -> list[sqlite3.Row]:
    return reading.database.execute("SELECT * FROM events WHERE kind = ? ORDER BY id", (kind,)).fetchall()


def _tracks(reading: Reading) -> np.ndarray:
    """(n, 3) times and places of all AMRs."""
    rows = reading.database.execute("SELECT time, x, y FROM samples WHERE actor LIKE 'amr_%'")
    return np.array([tuple(row) for row in rows])


def test_what_goes_to_a_closed_dock_goes_elsewhere_and_nothing_is_lost(reading: Reading) -> None:
    (closed,), (opened,) = _events(reading, "dock_closed"), _events(reading, "dock_opened")
    assert (closed["time"], opened["time"], closed["place"]) == (40.0, 100.0, "pick_station_00")
    moved = _events(reading, "order_redirected")
    assert moved and {event["note"] for event in moved} == {"pick_station_00"}
    orders = {row["id"]: row for row in reading.database.execute("SELECT * FROM orders")}
    for event in moved:
        assert orders[event["order_id"]]["target"] == event["place"] != "pick_station_00"
    for order in orders.values():
        late = order["delivered"] is not None and 40.0 + 15.0 < order["delivered"] < 100.0
        assert not (late and order["target"] == "pick_station_00"), "only who stood there unloads there"
    done = [event["order_id"] for event in _events(reading, "order_delivered")]
    assert len(done) == len(set(done)) > 2
    held = {order for order, row in orders.items() if row["state"] in ("assigned", "picked")}
    tasks = reading.database.execute("SELECT task FROM samples WHERE time = (SELECT MAX(time) FROM samples)")
    busy = {row["task"].split()[-1] for row in tasks if row["task"].startswith(("fetch", "bring"))}
    assert held == busy, "every order that is under way has a vehicle"


def test_nobody_drives_on_a_broken_lane_and_all_go_round(reading: Reading) -> None:
    (closed,), (opened,) = _events(reading, "lane_closed"), _events(reading, "lane_opened")
    assert closed["place"] == "aisle_06A" and opened["incident"] == closed["id"]
    (updated,) = [event for event in _events(reading, "map_updated") if event["incident"] == closed["id"]]
    (accepted,) = [e for e in _events(reading, "routes_accepted") if e["incident"] == closed["id"]]
    assert updated["time"] == closed["time"] and accepted["time"] - updated["time"] <= 0.5
    track = _tracks(reading)
    there = np.hypot(track[:, 1] - closed["x"], track[:, 2] - closed["y"]) < 1.2
    time = track[there, 0]
    assert not ((time > closed["time"] + 10.0) & (time < opened["time"])).any(), "who was on it left it"
    assert not _events(reading, "contact")


def test_report_and_answers_tell_of_both(reading: Reading) -> None:
    found = {one.kind: one for one in find_incidents(read_shift(reading))}
    lane, dock = found["broken_lane"], found["closed_dock"]
    assert (lane.detected, lane.cleared, dock.detected, dock.cleared) == (20.0, 60.0, 40.0, 100.0)
    assert lane.mapped == 20.0 and lane.routed is not None and lane.at is not None and not lane.is_minor
    for question, kind in (
        ("Which docks were closed?", "dock_closed"),
        ("Were there any broken lanes?", "lane_closed"),
        ("有车道封闭吗", "lane_closed"),
    ):
        cited = {one.id for one in ask(reading, question).events}
        assert cited == {_events(reading, kind)[0]["id"]}, question


def test_who_is_on_a_stretch_may_leave_it(hall: Hall, tmp_path: Path) -> None:
    network = build_network(hall.layout)
    with Journal(tmp_path / "journal.sqlite", {"start": SCENARIO.start.isoformat()}) as journal:
        cfg = (MishapCfg("broken_lane", 0.0, 60.0, "aisle_03A"),)
        notices = Notices(cfg, network, hall.calibration.zones, journal, np.random.default_rng(0))
        (begun,) = notices.step(0.0)
        closed = np.flatnonzero(notices.closed(np.zeros(0, int)))
        assert closed.tolist() == sorted(begun.vertices.tolist()) and len(closed) >= 4
        at = network.at[closed]
        assert len(np.unique(at[:, 0])) == 2, "both lanes"
        assert np.ptp(at[:, 1]) < 3.2
        assert not notices.closed(closed[:1])[closed[0]]
        assert not notices.step(61.0) and not notices.closed(np.zeros(0, int)).any()


@pytest.mark.parametrize(
    ("kind", "place", "message"),
    [
        (
            "closed_dock",
            "dock_99",
            "closed_dock: place = 'dock_99' is not there; known are pick_station",
        ),
        (
            "broken_lane",
            "aisle_99Z",
            "broken_lane: place = 'aisle_99Z' is not there; known are aisle_03A",
        ),
    ],
)
def test_a_place_that_is_not_there_is_said(
    hall: Hall, tmp_path: Path, kind: str, place: str, message: str
) -> None:
    zones: list[Zone] = list(hall.calibration.zones)
    with (
        Journal(tmp_path / "journal.sqlite", {"start": SCENARIO.start.isoformat()}) as journal,
        pytest.raises(ValueError, match=message),
    ):
        cfg = (MishapCfg(kind, 0.0, 60.0, place),)
        Notices(cfg, build_network(hall.layout), zones, journal, np.random.default_rng(0))
