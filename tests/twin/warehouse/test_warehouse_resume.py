"""A run that is killed goes on: nothing is lost or done twice, and all is as if it had not been killed."""

from __future__ import annotations

import multiprocessing
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gaitway.twin.journal.journal import Journal
from gaitway.twin.warehouse.checkpoint import pack, unpack
from gaitway.twin.warehouse.folder import alone
from gaitway.twin.warehouse.scenario import (
    FleetCfg,
    HallCfg,
    MishapCfg,
    OrdersCfg,
    PeopleCfg,
    Scenario,
    WatchCfg,
)
from gaitway.twin.warehouse.shift import run_shift

from .bare_hall import keep_bare_hall
from .order_steps import check_orders

SCENARIO = Scenario(
    seed=184,
    seconds=45.0,
    hall=HallCfg(2500.0, 1),
    fleet=FleetCfg(6, speed=2.0),
    people=PeopleCfg(2, 0),
    orders=OrdersCfg(per_hour=600.0),
    watch=WatchCfg(0.0),
    mishaps=(MishapCfg("spill", 5.0), MishapCfg("failed_amr", 15.0, 20.0, "amr_02")),
)
# All but when the machine's clock comes in.
TABLES = {
    "samples": "SELECT * FROM samples ORDER BY rowid",
    "orders": "SELECT * FROM orders ORDER BY id",
    "events": "SELECT time, kind, actor, other, place, x, y, order_id, note FROM events"
    " WHERE kind <> 'run_resumed' ORDER BY id",
    "places": "SELECT * FROM places ORDER BY name",
    "actors": "SELECT * FROM actors ORDER BY name",
}


class Killed(Exception):
    """The run is broken off."""


@pytest.fixture(scope="module")
def halls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("halls")
    keep_bare_hall(folder, SCENARIO.hall)
    return folder


@pytest.fixture(scope="module")
def whole(halls: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that nobody kills."""
    folder = tmp_path_factory.mktemp("whole")
    run_shift(SCENARIO, folder, halls)
    return folder


def _rows(folder: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(folder / "journal.sqlite")) as database:
        return database.execute(query).fetchall()


def _until(folder: Path) -> float:
    """How far a run is, s; -1 before its first commit."""
    if not (folder / "journal.sqlite").exists():
        return -1.0
    return _rows(folder, "SELECT coalesce(max(time), -1.0) FROM samples")[0][0]


def _soon(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + 280.0
    while not is_so() and time.monotonic() < end:
        time.sleep(0.002)
    return is_so()


def _break_off(at: float) -> Callable[[float], None]:
    def tell(now: float) -> None:
        if now >= at:
            raise Killed

    return tell


@pytest.mark.timeout(900)
def test_killed_at_any_moment_it_goes_on_without_a_lost_or_doubled_order(
    halls: Path, whole: Path, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["gaitway.twin.warehouse.shift"])
    rng = np.random.default_rng(int(time.time_ns()) % 2**32)
    codes: list[int | None] = []
    for moment in [-1.0, *np.sort(rng.uniform(0.0, 36.0, 2)), np.inf]:
        process = context.Process(target=run_shift, args=(SCENARIO, tmp_path, halls), kwargs={"resume": True})
        process.start()
        if np.isfinite(moment):
            assert _soon(lambda at=moment, run=process: _until(tmp_path) >= at or not run.is_alive())
            time.sleep(rng.uniform(0.0, 0.05))
            process.kill()
        process.join()
        codes.append(process.exitcode)
    assert codes[-1] == 0 and codes.count(-signal.SIGKILL) >= 2
    assert check_orders(tmp_path / "journal.sqlite") == check_orders(whole / "journal.sqlite")
    for table, query in TABLES.items():
        assert len(_rows(whole, query)) > 5, table
        assert _rows(tmp_path, query) == _rows(whole, query), table
    assert (tmp_path / "report.html").is_file()


def test_a_state_comes_back_as_it_was() -> None:
    rng = np.random.default_rng(3)
    state = {
        "a": {"b": [np.arange(4, dtype=np.int32), None, 0.1], "c": float("inf")},
        "d": np.array([[True], [False]]),
        "rng": rng.bit_generator.state,
    }
    back = unpack(pack(state))
    assert (back["a"]["b"][0] == [0, 1, 2, 3]).all() and back["a"]["b"][0].dtype == np.int32
    assert back["a"]["b"][1:] == [None, 0.1] and back["a"]["c"] == float("inf")
    assert back["d"].dtype == bool and back["d"].shape == (2, 1)
    other = np.random.default_rng()
    other.bit_generator.state = back["rng"]
    assert other.random() == rng.random()
    with pytest.raises(TypeError, match="cannot hold a set"):
        pack({"a": {1}})


def test_what_cannot_be_gone_on_with_is_said(halls: Path, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        run_shift(SCENARIO, tmp_path, halls, tell=_break_off(3.0), resume=True)
    with pytest.raises(
        ValueError, match="there already: give another folder, or go on with its run by --resume"
    ):
        run_shift(SCENARIO, tmp_path, halls)
    other = replace(SCENARIO, fleet=FleetCfg(7))
    with pytest.raises(ValueError, match=r"of another scenario, with fleet\.amrs 6 where this one has 7"):
        run_shift(other, tmp_path, halls, resume=True)
    with alone(tmp_path), pytest.raises(ValueError, match="another process runs a shift there"):
        run_shift(SCENARIO, tmp_path, halls, resume=True)
    with Journal(tmp_path / "journal.sqlite", None) as journal:
        kept = journal.checkpoint
        assert kept is not None
    for wrong in (
        b"",
        b"PK\x03\x04",
        kept[:-40],
        pack({})[:200],
        kept.replace(b'"format": 1', b'"format": 7'),
    ):
        with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as database:
            database.execute("UPDATE checkpoint SET state = ?", (wrong,))
            database.execute("DELETE FROM meta WHERE key = 'ended'")
            database.commit()
        with pytest.raises(ValueError, match="checkpoint cannot be gone on from"):
            run_shift(SCENARIO, tmp_path, halls, resume=True)
    assert _until(tmp_path) == 3.0


def test_one_that_ended_has_its_report_written_again(halls: Path, whole: Path) -> None:
    before = _rows(whole, "SELECT count(*) FROM events")
    (whole / "report.html").unlink()
    assert run_shift(SCENARIO, whole, halls, resume=True) == whole / "report.html"
    assert (whole / "report.html").is_file() and _rows(whole, "SELECT count(*) FROM events") == before
