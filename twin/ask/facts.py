"""Rows of the journal that a query is about. Values go into SQL as parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..journal.reading import Reading
from .floor import Floor
from .names import Names
from .query import Query, Window
from .topics import ANYTHING, TOPICS


@dataclass(frozen=True)
class Fact:
    """One thing that happened, or is so.

    Attributes:
        time: s since the start.
        kind: of the event, or the topic.
        event: id of the event that says so, if there is one.
        actor, other, place, order: whom and what it is about.
        source: where the load of an order comes from; `place` is where it goes.
        value: as the event's kind means it; for a late order, by how many s.
        note: the event's.
        incident: id of the event that it belongs to.
        x, y: where, m.
    """

    time: float
    kind: str
    event: int | None = None
    actor: str | None = None
    other: str | None = None
    place: str | None = None
    order: str | None = None
    value: float | None = None
    note: str = ""
    source: str | None = None
    incident: int | None = None
    x: float | None = None
    y: float | None = None


_EVENT = "id AS event, time, kind, actor, other, place, x, y, order_id AS 'order', value, note, incident"
IDLE = ("", "free")
"""What a sample's task is, if there is none."""
_FOLLOW = ("map_updated", "routes_accepted", "incident_cleared")
_HIDDEN = "truth"
"""What nobody in the twin knows is nothing to be asked for."""


@dataclass(frozen=True)
class Source:
    """What answers draw on.

    Attributes:
        reading: the journal.
        names: all of its names.
        floor: its places.
        now: s since the start; what came later is not seen.
    """

    reading: Reading
    names: Names
    floor: Floor
    now: float

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Rows of a read-only query."""
        return self.reading.database.execute(sql, parameters).fetchall()

    def bounds(self, window: Window) -> tuple[float, float]:
        """A window from the start until now at most; the end is not part of it."""
        until = self.now if window.until is None else min(window.until, self.now)
        return max(0.0, window.since or 0.0), until if until < self.now else math.nextafter(
            self.now, math.inf
        )

    def facts(self, query: Query, window: Window | None = None) -> list[Fact]:
        """What a query's topic, names and window select, in order of time."""
        since, until = self.bounds(query.window if window is None else window)
        if query.topic in _ORDERS:
            facts = self._orders(query.topic, since, until)
        elif query.topic == "idle":
            facts = self._idle(until, query.actor_kind or "amr")
        elif query.topic == "actor":
            facts = [Fact(0.0, "actor", actor=name) for name in self.names.actors]
        else:
            facts = self._events(query, since, until)
        facts = [self._placed(fact) for fact in facts]
        return [fact for fact in facts if self._is_about(fact, query)]

    def followed(self, incident: Fact) -> dict[str, Fact]:
        """What followed an incident until now, by kind of event: map, new ways, clearing."""
        rows = self.rows(
            f"SELECT {_EVENT} FROM events WHERE incident = ? AND time <= ? AND kind IN ({_marks(_FOLLOW)})"
            " ORDER BY time",
            (incident.event, self.now, *_FOLLOW),
        )
        return {row["kind"]: Fact(**row) for row in rows}

    def incident(self, number: int | None) -> Fact | None:
        """The incident of an id."""
        rows = self.rows(
            f"SELECT {_EVENT} FROM events WHERE id = ? AND kind = 'incident_detected'", (number,)
        )
        return Fact(**rows[0]) if rows else None

    def events(self, *kinds: str) -> list[Fact]:
        """All events of some kinds until now, in order of time."""
        sql = f"SELECT {_EVENT} FROM events WHERE kind IN ({_marks(kinds)}) AND time <= ? ORDER BY time, id"
        return [Fact(**row) for row in self.rows(sql, (*kinds, self.now))]

    def _events(self, query: Query, since: float, until: float) -> list[Fact]:
        topic = TOPICS.get(query.topic or "", ANYTHING)
        where: list[tuple[str, Sequence[Any]]] = [
            ("time >= ? AND time < ? AND kind != ?", (since, until, _HIDDEN))
        ]
        if topic.kinds:
            where.append((f"kind IN ({_marks(topic.kinds)})", topic.kinds))
        if topic.note is not None:
            where.append(("note = ?", (topic.note,)))
        if query.actors:
            marks = _marks(query.actors)
            where.append(
                (f"(actor IN ({marks}) OR other IN ({marks}) OR place IN ({marks}))", query.actors * 3)
            )
        if query.orders:
            where.append((f"order_id IN ({_marks(query.orders)})", query.orders))
        if query.incident is not None:
            where.append(("(incident = ? OR id = ?)", (query.incident, query.incident)))
        rows = self.rows(
            f"SELECT {_EVENT} FROM events WHERE {' AND '.join(sql for sql, _ in where)} ORDER BY time, id",
            [value for _, values in where for value in values],
        )
        return [Fact(**row) for row in rows]

    def _orders(self, topic: str, since: float, until: float) -> list[Fact]:
        sql, kind = _ORDERS[topic]
        says = "SELECT max(id) FROM events WHERE kind = :kind AND order_id = facts.'order' AND time <= :now"
        rows = self.rows(
            f"SELECT facts.*, :kind AS kind, ({says}) AS event FROM ({sql}) AS facts"
            " ORDER BY time, facts.'order'",
            {"since": since, "until": until, "now": self.now, "kind": kind},  # type: ignore[arg-type]
        )
        return [Fact(**row) for row in rows]

    def _idle(self, moment: float, kind: str) -> list[Fact]:
        return [
            Fact(row["time"], "idle", actor=row["actor"])
            for row in self.last_samples(moment)
            if row["task"] in IDLE and self.names.actors.get(row["actor"]) == kind
        ]

    def last_samples(self, moment: float, actor: str | None = None) -> list[Any]:
        """The last sample of everybody, or of one, until a moment; by name."""
        return self.rows(
            "SELECT samples.* FROM samples JOIN (SELECT actor, max(time) AS time FROM samples"
            " WHERE time <= ? AND (? IS NULL OR actor = ?) GROUP BY actor) AS latest USING (actor, time)"
            " ORDER BY actor",
            (moment, actor, actor),
        )

    def _placed(self, fact: Fact) -> Fact:
        """With the place that its point or its slot is in."""
        if fact.place is None and fact.x is not None and fact.y is not None:
            return replace(fact, place=self.floor.at(fact.x, fact.y))
        return replace(fact, place=self.floor.of(fact.place), source=self.floor.of(fact.source))

    def _is_about(self, fact: Fact, query: Query) -> bool:
        named = {fact.actor, fact.other, fact.place}
        if query.both and not set(query.actors) <= named:
            return False
        if query.actors and not named & set(query.actors):
            return False
        if query.places and not (named | {fact.source}) & set(query.places):
            return False
        if query.orders and fact.order not in query.orders:
            return False
        if query.actor_kind and not any(
            self.names.actors.get(name or "") == query.actor_kind for name in (fact.actor, fact.other)
        ):
            return False
        return not query.place_kind or self.names.places.get(fact.place or "") == query.place_kind


def _marks(values: Sequence[str]) -> str:
    """A question mark for each parameter."""
    return ", ".join("?" * len(values))


_COLUMNS = "id AS 'order', actor, target AS place, source"
# Topic -> (select with time and value; the kind of event that says so).
_ORDERS = {
    "order": (
        f"SELECT {_COLUMNS}, created AS time, NULL AS value FROM orders"
        " WHERE created >= :since AND created < :until",
        "order_created",
    ),
    "delivered": (
        f"SELECT {_COLUMNS}, delivered AS time, delivered - created AS value FROM orders"
        " WHERE delivered >= :since AND delivered < :until",
        "order_delivered",
    ),
    "late": (
        f"SELECT {_COLUMNS}, due AS time, min(coalesce(delivered, :now), :now) - due AS value"
        " FROM orders WHERE due >= :since AND due < :until AND state != 'cancelled'"
        " AND min(coalesce(delivered, :now), :now) > due",
        "order_late",
    ),
    "open": (
        f"SELECT {_COLUMNS}, created AS time, NULL AS value FROM orders"
        " WHERE created >= :since AND created < :until AND state != 'cancelled'"
        " AND (delivered IS NULL OR delivered > :now)",
        "order_created",
    ),
}
