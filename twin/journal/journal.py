"""Writes down what happens, so that nothing is lost if the process dies."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from .reading import Reading
from .schema import APPLICATION_ID, EVENTS, TABLES, VERSION


@dataclass(frozen=True)
class Sample:
    """Where an actor is: m, rad, m/s in the world, battery as a share of 1 if it has one, what it does."""

    actor: str
    x: float
    y: float
    yaw: float
    speed: float
    battery: float | None = None
    task: str = ""


@dataclass(frozen=True)
class OrderRow:
    """An order as it is now; times in s since the start, None for what did not happen yet."""

    id: str
    kind: str
    sku: str
    source: str
    target: str
    created: float
    due: float
    state: str
    actor: str | None = None
    picked: float | None = None
    delivered: float | None = None


class Journal:
    """Writes a new journal, or goes on in one; use it in a `with` statement.

    What is written is safe after the next `commit`, also if the process is killed then. A block that ends
    without an error notes the fact 'ended'.

    Args:
        path: of the file.
        meta: facts about the run; 'start' is the clock time at 0 s in ISO 8601. None: go on in a journal that
            is there.

    Attributes:
        checkpoint: what was kept with the last commit of a journal that is gone on in, or None.

    Raises:
        ValueError: the file is there, or is to be gone on in and no journal; or meta has no start.
    """

    def __init__(self, path: Path, meta: Mapping[str, str] | None) -> None:
        self.checkpoint: bytes | None = None
        if meta is None:
            Reading(path).close()
        elif path.exists():
            raise ValueError(f"{path} is there already: give another folder, or remove it.")
        elif "start" not in meta:
            raise ValueError("The journal's meta has no 'start'.")
        else:
            _create(path, meta)
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        row = self._database.execute("SELECT state FROM checkpoint").fetchone()
        self.checkpoint = None if row is None else row[0]

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.note("ended", "completed")
        self.close()

    def note(self, key: str, value: str) -> None:
        """Set a fact about the run."""
        self._database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def place(self, name: str, kind: str, polygon: np.ndarray) -> None:
        """A named part of the floor, its corners (n, 2) in m."""
        corners = json.dumps(np.round(polygon, 3).tolist())
        self._database.execute("INSERT INTO places VALUES (?, ?, ?)", (name, kind, corners))

    def actor(self, name: str, kind: str) -> None:
        """Somebody or something that events and samples are about."""
        self._database.execute("INSERT INTO actors VALUES (?, ?)", (name, kind))

    def event(
        self,
        time: float,
        kind: str,
        *,
        actor: str | None = None,
        other: str | None = None,
        place: str | None = None,
        at: tuple[float, float] | None = None,
        order: str | None = None,
        incident: int | None = None,
        value: float | None = None,
        note: str = "",
    ) -> int:
        """Something happened at `time` in s; its id. What the kinds mean is in `EVENTS`."""
        if kind not in EVENTS:
            raise ValueError(f"There is no kind of event named {kind!r}.")
        x, y = at if at is not None else (None, None)
        row = (time, kind, actor, other, place, x, y, order, incident, value, note)
        cursor = self._database.execute(
            "INSERT INTO events (time, kind, actor, other, place, x, y, order_id, incident, value, note)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def order(self, order: OrderRow) -> None:
        """How an order is now."""
        row = (
            order.id, order.kind, order.sku, order.source, order.target, order.created, order.due,
            order.state, order.actor, order.picked, order.delivered,
        )  # fmt: skip
        marks = ", ".join("?" * len(row))
        self._database.execute(f"INSERT OR REPLACE INTO orders VALUES ({marks})", row)

    def samples(self, time: float, samples: Iterable[Sample]) -> None:
        """Where actors are at `time` in s."""
        self._database.executemany(
            "INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(time, one.actor, one.x, one.y, one.yaw, one.speed, one.battery, one.task) for one in samples],
        )

    def orders(self) -> list[OrderRow]:
        """All orders as they are now, in the sequence in which they came in."""
        rows = self._database.execute(
            "SELECT id, kind, sku, source, target, created, due, state, actor, picked, delivered"
            " FROM orders ORDER BY created, id"
        )
        return [OrderRow(*row) for row in rows]

    def commit(self, checkpoint: bytes | None = None) -> None:
        """Make safe what was written, and in the same transaction what a killed run goes on from."""
        if checkpoint is not None:
            self._database.execute("INSERT OR REPLACE INTO checkpoint VALUES (1, ?)", (checkpoint,))
        self._database.commit()

    def close(self) -> None:
        """Make safe what was written, and close the file."""
        self._database.commit()
        self._database.close()


def _create(path: Path, meta: Mapping[str, str]) -> None:
    """An empty journal, which appears whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(partial)) as database:
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {VERSION}")
        database.executescript(TABLES)
        database.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        database.commit()
    partial.rename(path)
