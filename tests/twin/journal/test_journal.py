"""A journal keeps what was written, through kill -9 too, and can be read while it is written."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from gaitway.twin.journal.journal import Journal, OrderRow, Sample
from gaitway.twin.journal.reading import Reading

META = {"start": "2026-11-28T09:00:00", "seed": "3"}


def test_what_was_written_is_read_while_it_is_written(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.sqlite", META) as journal:
        journal.place("aisle_01A", "aisle", np.array([[0, 0], [2, 0], [2, 9], [0, 9.0]]))
        journal.actor("amr_00", "amr")
        first = journal.event(
            1.5, "incident_detected", place="aisle_01A", at=(1.0, 4.0), note="blocked_aisle"
        )
        journal.event(1.7, "map_updated", incident=first, value=0.2)
        journal.order(OrderRow("order_1", "pick", "mug", "aisle_01A", "station_0", 0.0, 60.0, "new"))
        journal.order(
            OrderRow("order_1", "pick", "mug", "aisle_01A", "station_0", 0.0, 60.0, "assigned", "amr_00")
        )
        journal.samples(2.0, [Sample("amr_00", 1.0, 2.0, 0.5, 1.2, 0.8, "order_1")])
        journal.commit()
        reading = Reading(tmp_path / "journal.sqlite")
        events = reading.database.execute("SELECT * FROM events ORDER BY id").fetchall()
        assert [event["kind"] for event in events] == ["incident_detected", "map_updated"]
        assert (events[0]["x"], events[0]["y"], events[1]["incident"]) == (1.0, 4.0, events[0]["id"])
        assert reading.database.execute("SELECT state, actor FROM orders").fetchall()[0][:] == (
            "assigned",
            "amr_00",
        )
        assert (reading.until, reading.meta["seed"]) == (2.0, "3")
        assert reading.clock(90.0) == datetime(2026, 11, 28, 9, 1, 30)
        assert reading.seconds(datetime(2026, 11, 28, 10)) == 3600.0
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reading.database.execute("DELETE FROM events")
        reading.close()


def test_what_was_committed_outlives_a_kill(tmp_path: Path) -> None:
    program = f"""
import os, signal
from pathlib import Path
from gaitway.twin.journal.journal import Journal
journal = Journal(Path({str(tmp_path / "journal.sqlite")!r}), {META!r})
journal.event(1.0, "near_miss", value=0.4)
journal.commit()
journal.event(2.0, "near_miss", value=0.3)
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", program]).returncode == -signal.SIGKILL
    reading = Reading(tmp_path / "journal.sqlite")
    assert [row["time"] for row in reading.database.execute("SELECT time FROM events")] == [1.0]


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with pytest.raises(ValueError, match="no such journal"):
        Reading(path)
    path.write_bytes(b"no database, but long enough to be read as the head of one" * 20)
    with pytest.raises(ValueError, match="no SQLite file"):
        Reading(path)
    with pytest.raises(ValueError, match="there already"):
        Journal(path, META)
    path.unlink()
    sqlite3.connect(path).execute("CREATE TABLE events (id)")
    with pytest.raises(ValueError, match="no journal"):
        Reading(path)


def test_only_a_run_that_came_to_its_end_has_ended(tmp_path: Path) -> None:
    def ended() -> bool:
        reading = Reading(tmp_path / "journal.sqlite")
        reading.close()
        return "ended" in reading.meta

    with pytest.raises(KeyboardInterrupt), Journal(tmp_path / "journal.sqlite", META):
        raise KeyboardInterrupt
    assert not ended()
    (tmp_path / "journal.sqlite").unlink()
    with Journal(tmp_path / "journal.sqlite", META):
        assert not ended()
    assert ended()


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.sqlite", META) as journal, pytest.raises(ValueError, match="earthquake"):
        journal.event(0.0, "earthquake")
