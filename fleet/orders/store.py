"""A store of orders in SQLite: each step is one transaction, written to the disk before it is answered.

The write-ahead log (WAL) lets others read while one writes, and what was answered is there after a crash.
Every step leaves a line in `event`; nothing is ever deleted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from ..errors import OrderError
from .order import OPEN, Order, Stage, State, assigned, cancelled, failed, released, reported

_VERSION = 1
_SCHEMA = """
CREATE TABLE "order" (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, load REAL NOT NULL,
  created REAL NOT NULL, opens REAL NOT NULL, due REAL NOT NULL, priority INTEGER NOT NULL,
  state TEXT NOT NULL, vehicle TEXT NOT NULL, attempt INTEGER NOT NULL, why TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX order_state ON "order" (state);
CREATE TABLE event (
  number INTEGER PRIMARY KEY, time REAL NOT NULL, "order" TEXT NOT NULL REFERENCES "order" (id),
  state TEXT NOT NULL, vehicle TEXT NOT NULL, attempt INTEGER NOT NULL, why TEXT NOT NULL
) STRICT;
CREATE INDEX event_order ON event ("order");
"""
_FIELDS = "id, kind, source, target, load, created, opens, due, priority, state, vehicle, attempt, why"


@dataclass(frozen=True)
class Event:
    """A step that an order took.

    Attributes:
        number: in the order in which steps were taken, from 1.
        time: s.
        order: its id.
        state: after the step.
        vehicle: see `Order`.
        attempt: see `Order`.
        why: see `Order`.
    """

    number: int
    time: float
    order: str
    state: State
    vehicle: str
    attempt: int
    why: str


class OrderStore:
    """Orders on a disk. Steps may be repeated: each says whether it changed anything."""

    def __init__(self, file: Path) -> None:
        """Open a store, or begin one.

        Raises:
            OrderError: the file is something else, of another version, or cannot be written.
        """
        try:
            self._base = sqlite3.connect(file, isolation_level=None, timeout=10.0)
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")
            self._base.execute("PRAGMA foreign_keys = ON")
            with self._transaction():
                self._prepare(file)
        except sqlite3.DatabaseError as problem:
            raise OrderError(f"{file}: is no store of orders, or cannot be written: {problem}.") from None

    def _prepare(self, file: Path) -> None:
        (version,) = self._base.execute("PRAGMA user_version").fetchone()
        (tables,) = self._base.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if not version and not tables:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self._base.execute(statement)
            self._base.execute(f"PRAGMA user_version = {_VERSION:d}")
        elif version != _VERSION:
            raise OrderError(f"{file}: is a database of version {version}; a store of orders has {_VERSION}.")

    def __enter__(self) -> OrderStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def add(self, order: Order) -> bool:
        """Take a new order; false if it is there already.

        Raises:
            OrderError: another order has its id, or it is not new.
        """
        if order.state != "new" or order.attempt:
            raise OrderError(f"Order {order.id!r} is {order.state}; only a new one can be added.")
        with self._transaction():
            known = self._find(order.id)
            if known is None:
                marks = ", ".join("?" * 13)
                self._base.execute(f'INSERT INTO "order" ({_FIELDS}) VALUES ({marks})', _values(order))
                self._log(order, order.created)
                return True
        if _wish(known) != _wish(replace(order, source=known.source)):
            raise OrderError(f"Order {order.id!r} is there already, with other contents.")
        return False

    def assign(self, order: str, vehicle: str, now: float) -> bool:
        """See `order.assigned`."""
        return self._step(order, now, lambda known: assigned(known, vehicle))

    def report(self, order: str, vehicle: str, attempt: int, stage: Stage, now: float) -> bool:
        """See `order.reported`.

        Raises:
            OrderError: this vehicle was not told to do this attempt.
        """
        query = """SELECT vehicle FROM event WHERE "order" = ? AND attempt = ? AND state = 'assigned'"""

        def step(known: Order) -> Order:
            told = self._base.execute(query, (order, attempt)).fetchone()
            if told is not None and told != (vehicle,):
                raise OrderError(f"Order {order!r}: attempt {attempt} is by {told[0]!r}, not {vehicle!r}.")
            return reported(known, attempt, stage)

        return self._step(order, now, step)

    def release(self, order: str, attempt: int, why: str, now: float, source: str | None = None) -> bool:
        """See `order.released`."""
        return self._step(order, now, lambda known: released(known, attempt, why, source))

    def cancel(self, order: str, why: str, now: float) -> bool:
        """See `order.cancelled`."""
        return self._step(order, now, lambda known: cancelled(known, why))

    def fail(self, order: str, why: str, now: float) -> bool:
        """See `order.failed`."""
        return self._step(order, now, lambda known: failed(known, why))

    def release_all(self, vehicle: str, why: str, now: float, source: str) -> list[str]:
        """A vehicle failed: everything that it was to do is new again, in one transaction.

        Args:
            vehicle: that failed.
            why: for people.
            now: s.
            source: site where it stands, with all that is on board.

        Returns:
            Ids of orders that changed.
        """
        with self._transaction():
            query = f"""SELECT {_FIELDS} FROM "order" WHERE vehicle = ? AND state IN ('assigned', 'picked')"""
            known = [Order(*row) for row in self._base.execute(f"{query} ORDER BY id", (vehicle,)).fetchall()]
            for order in known:
                self._write(released(order, order.attempt, why, source), now)
        return [order.id for order in known]

    def get(self, order: str) -> Order:
        """An order by its id.

        Raises:
            OrderError: there is none.
        """
        known = self._find(order)
        if known is None:
            raise OrderError(f"There is no order {order[:40]!r}.")
        return known

    def orders(self, states: tuple[State, ...] = OPEN) -> list[Order]:
        """Orders in these states, the most urgent first: by priority, then due, then age."""
        marks = ", ".join("?" * len(states))
        query = (
            f'SELECT {_FIELDS} FROM "order" WHERE state IN ({marks}) ORDER BY priority DESC, due, created, id'
        )
        return [Order(*row) for row in self._base.execute(query, states)]

    def events(self, order: str | None = None) -> list[Event]:
        """Steps in their order, of all orders or of one."""
        query = 'SELECT number, time, "order", state, vehicle, attempt, why FROM event'
        if order is None:
            return [Event(*row) for row in self._base.execute(f"{query} ORDER BY number")]
        return [
            Event(*row) for row in self._base.execute(f'{query} WHERE "order" = ? ORDER BY number', (order,))
        ]

    def _find(self, order: str) -> Order | None:
        row = self._base.execute(f'SELECT {_FIELDS} FROM "order" WHERE id = ?', (order,)).fetchone()
        return None if row is None else Order(*row)

    def _step(self, order: str, now: float, step: Callable[[Order], Order]) -> bool:
        """Take a step in one transaction; whether it changed anything."""
        with self._transaction():
            known = self.get(order)
            after = step(known)
            if after == known:
                return False
            self._write(after, now)
        return True

    def _write(self, order: Order, now: float) -> None:
        self._base.execute(
            'UPDATE "order" SET source = ?, state = ?, vehicle = ?, attempt = ?, why = ? WHERE id = ?',
            (order.source, order.state, order.vehicle, order.attempt, order.why, order.id),
        )
        self._log(order, now)

    def _log(self, order: Order, now: float) -> None:
        self._base.execute(
            'INSERT INTO event (time, "order", state, vehicle, attempt, why) VALUES (?, ?, ?, ?, ?, ?)',
            (now, order.id, order.state, order.vehicle, order.attempt, order.why),
        )


def _values(order: Order) -> tuple[object, ...]:
    wish = (order.kind, order.source, order.target, order.load, order.created, order.opens, order.due)
    return order.id, *wish, order.priority, order.state, order.vehicle, order.attempt, order.why


def _wish(order: Order) -> tuple[object, ...]:
    """What was ordered, whatever has become of it."""
    return _values(order)[:9]
