"""The loop: orders are brought, nobody is touched, and what falls is seen, closed, and gone round."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gaitway.assets.warehouse.layout import WarehouseCfg, plan
from gaitway.perception.camera import Camera
from gaitway.perception.poses import pose_of
from gaitway.twin.ceiling.hall import Hall, calibrate
from gaitway.twin.journal.journal import Journal
from gaitway.twin.journal.reading import Reading
from gaitway.twin.warehouse import shift
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

DOWN = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
SCENARIO = Scenario(
    seed=2,
    seconds=130.0,
    hall=HallCfg(2500.0, 20),
    fleet=FleetCfg(6),
    people=PeopleCfg(3, 1),
    orders=OrdersCfg(per_hour=900.0),
    watch=WatchCfg(rate=2.0),
    mishaps=(
        MishapCfg("blocked_aisle", 25.0, 45.0, "aisle_06A"),
        MishapCfg("failed_amr", 30.0, 20.0, "amr_02"),
    ),
)


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
    return _run(hall, SCENARIO, tmp_path_factory.mktemp("run") / "journal.sqlite")


def _run(hall: Hall, scenario: Scenario, path: Path) -> sqlite3.Connection:
    with Journal(path, {"start": scenario.start.isoformat()}) as journal:
        Run(scenario, hall, journal).run()
    return Reading(path).database


def _events(journal: sqlite3.Connection, kind: str) -> list[sqlite3.Row]:
    return journal.execute("SELECT * FROM events WHERE kind = ? ORDER BY id", (kind,)).fetchall()


def _tracks(journal: sqlite3.Connection, actor: str) -> np.ndarray:
    rows = journal.execute("SELECT time, x, y FROM samples WHERE actor = ? ORDER BY time", (actor,))
    return np.array([tuple(row) for row in rows])


def test_orders_go_their_way(journal: sqlite3.Connection) -> None:
    orders = journal.execute("SELECT * FROM orders").fetchall()
    delivered = [order for order in orders if order["state"] == "delivered"]
    assert len(orders) > 15 and delivered
    for order in delivered:
        assert order["created"] <= order["picked"] < order["delivered"] <= SCENARIO.seconds
        steps = journal.execute(
            "SELECT kind FROM events WHERE order_id = ? ORDER BY id", (order["id"],)
        ).fetchall()
        kinds = [row["kind"] for row in steps if row["kind"] not in ("order_late", "order_returned")]
        assert kinds[0] == "order_created" and kinds[-2:] == ["order_picked", "order_delivered"]


def test_nothing_is_touched(journal: sqlite3.Connection) -> None:
    assert not _events(journal, "contact")
    tracks = np.stack([_tracks(journal, f"amr_{k:02d}")[:, 1:] for k in range(6)])
    gaps = np.linalg.norm(tracks[:, None] - tracks[None], axis=-1)
    gaps[range(6), range(6)] = np.inf
    assert gaps.min() > 0.8, "m between the middles of AMRs"


def test_what_falls_is_seen_and_gone_round(hall: Hall, journal: sqlite3.Connection) -> None:
    truth = next(event for event in _events(journal, "truth") if event["note"] == "blocked_aisle")
    alarm = next(event for event in _events(journal, "incident_detected") if event["note"] == "blocked_aisle")
    assert 0.0 < alarm["time"] - truth["time"] < 2.0 and alarm["place"] == "aisle_06A"
    assert np.hypot(alarm["x"] - truth["x"], alarm["y"] - truth["y"]) < 0.5
    updated = next(event for event in _events(journal, "map_updated") if event["incident"] == alarm["id"])
    accepted = next(
        event for event in _events(journal, "routes_accepted") if event["incident"] == alarm["id"]
    )
    closings = [event["incident"] for event in _events(journal, "map_updated")]
    assert len(closings) == len(set(closings)), "each is told once"
    assert updated["time"] == alarm["time"] and accepted["time"] - updated["time"] < 1.5
    cleared = next(
        event for event in _events(journal, "incident_cleared") if event["incident"] == alarm["id"]
    )
    for k in range(6):
        track = _tracks(journal, f"amr_{k:02d}")
        there = (track[:, 0] > truth["time"]) & (track[:, 0] < min(cleared["time"], truth["time"] + 45))
        assert np.hypot(track[there, 1] - truth["x"], track[there, 2] - truth["y"]).min() > 1.2
    assert truth["time"] + 45 < cleared["time"] < truth["time"] + 60


def test_a_vehicle_that_breaks_down_stands_and_goes_on(journal: sqlite3.Connection) -> None:
    failed, repaired = _events(journal, "vehicle_failed")[0], _events(journal, "vehicle_repaired")[0]
    assert failed["actor"] == repaired["actor"] == "amr_02"
    track = _tracks(journal, "amr_02")
    out = (track[:, 0] > failed["time"]) & (track[:, 0] < repaired["time"])
    assert out.sum() > 15 and np.ptp(track[out, 1:], axis=0).max() < 0.03


def test_the_same_seed_gives_the_same_run(hall: Hall, tmp_path: Path) -> None:
    short = Scenario(
        seed=5, seconds=30.0, fleet=FleetCfg(6), people=PeopleCfg(3, 1), mishaps=(MishapCfg("spill", 5.0),)
    )
    one, other = (_run(hall, short, tmp_path / f"{name}.sqlite") for name in "ab")
    for table in ("samples", "orders"):
        rows = [run.execute(f"SELECT * FROM {table}").fetchall() for run in (one, other)]
        assert [tuple(row) for row in rows[0]] == [tuple(row) for row in rows[1]]


def test_an_alarm_outlives_the_cameras(hall: Hall, tmp_path: Path) -> None:
    """A run is broken off while an aisle is closed: it stays so, is told once, and opens at its time."""
    blocked = MishapCfg("blocked_aisle", 4.0, 22.0, "aisle_06A")
    shift = replace(
        SCENARIO, seconds=40.0, fleet=FleetCfg(1), people=PeopleCfg(0, 0), orders=OrdersCfg(0.0),
        mishaps=(blocked,),
    )  # fmt: skip

    def tell(now: float) -> None:
        if now == 12.0:
            raise KeyboardInterrupt

    path = tmp_path / "journal.sqlite"
    with pytest.raises(KeyboardInterrupt), Journal(path, {"start": shift.start.isoformat()}) as journal:
        Run(shift, hall, journal).run(tell)
    with Journal(path, None) as journal:
        run = Run(shift, hall, journal)
        assert run.watch.closed().any()
        run.run()
    database = Reading(path).database
    alarm, *others = _events(database, "incident_detected")
    cleared, *more = _events(database, "incident_cleared")
    assert alarm["note"] == "blocked_aisle" and not others and not more
    assert cleared["incident"] == alarm["id"] and 26.0 < cleared["time"] < 38.0
    assert len(_events(database, "map_updated")) == 1 and len(_events(database, "run_resumed")) == 1


def test_a_place_that_is_not_there_is_said(
    hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left in the folder: the next try, with the right place, can use it."""
    wrong = Scenario(people=PeopleCfg(2, 0), mishaps=(MishapCfg("spill", 10.0, place="aisle_99Z"),))
    monkeypatch.setattr(shift, "open_hall", lambda *_: hall)
    with pytest.raises(ValueError, match="place = 'aisle_99Z' is not there; known are aisle_03A"):
        shift.run_shift(wrong, tmp_path / "out", tmp_path)
    assert not list((tmp_path / "out").iterdir())


def test_a_journal_that_is_there_is_kept(hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shift, "open_hall", lambda *_: hall)
    (tmp_path / "journal.sqlite").write_text("of an earlier run")
    with pytest.raises(ValueError, match="there already"):
        shift.run_shift(Scenario(), tmp_path, tmp_path)
    assert (tmp_path / "journal.sqlite").read_text() == "of an earlier run"
