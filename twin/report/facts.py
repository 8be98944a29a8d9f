"""What a journal says of a whole shift, in the rows that the report shows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

import cv2
import numpy as np

from ..journal.reading import Reading

_NEAR = 6.0  # m


@dataclass(frozen=True)
class Order:
    """An order with the times in s at which a vehicle took it, picked and delivered; None: not yet."""

    id: str
    source: str
    target: str
    created: float
    due: float
    state: str
    actor: str | None
    assigned: float | None
    picked: float | None
    delivered: float | None

    def is_late(self, until: float) -> bool:
        """Whether it came, or at `until` s is, after the time at which it was due."""
        return (until if self.delivered is None else self.delivered) > self.due and self.state != "cancelled"

    def is_judged(self, until: float) -> bool:
        """Whether it is known if it came in time: delivered, or late already."""
        return self.delivered is not None or self.is_late(until)


@dataclass(frozen=True)
class Event:
    """A row of the journal's events."""

    id: int
    time: float
    kind: str
    actor: str | None
    other: str | None
    place: str | None
    at: tuple[float, float] | None
    order: str | None
    incident: int | None
    value: float | None
    note: str


@dataclass(frozen=True, eq=False)
class Place:
    """A named part of the floor; corners (n, 2) in m."""

    name: str
    kind: str
    corners: np.ndarray

    @property
    def area(self) -> float:
        """In m2."""
        return float(cv2.contourArea(self.corners.astype(np.float32)))

    def distance(self, x: float, y: float) -> float:
        """Of a point from its edge, m; negative inside."""
        return -cv2.pointPolygonTest(self.corners.astype(np.float32), (x, y), True)


@dataclass(frozen=True)
class Shift:
    """A journal's rows but for its samples, times in s since `start`, and how long it is, s."""

    meta: dict[str, str]
    start: datetime
    until: float
    actors: dict[str, str]
    places: list[Place]
    orders: list[Order]
    events: list[Event] = field(repr=False)

    def of(self, *kinds: str) -> list[Event]:
        """Events of these kinds, in the order of time."""
        return [event for event in self.events if event.kind in kinds]

    def where(self, event: Event) -> str | None:
        """In words: the smallest place in which something happened, or which one is near."""
        if event.place is not None or event.at is None:
            return event.place
        places = [one for one in self.places if one.kind not in ("hall", "rack") and len(one.corners) >= 3]
        away = [(max(one.distance(*event.at), 0.0), one.area, one.name) for one in places]
        distance, _, name = min(away, default=(np.inf, 0.0, ""))
        if distance > _NEAR:
            return None
        return name if distance == 0.0 else f"near {name}"

    def named(self, kind: str) -> list[str]:
        """Names of the actors of a kind."""
        return sorted(name for name, one in self.actors.items() if one == kind)


def read_shift(reading: Reading) -> Shift:
    """The rows of a journal."""
    database = reading.database
    taken = dict(
        database.execute(
            "SELECT order_id, min(time) FROM events WHERE kind = 'order_assigned' GROUP BY order_id"
        ).fetchall()
    )
    orders = [
        Order(
            row["id"], row["source"], row["target"], row["created"], row["due"], row["state"], row["actor"],
            taken.get(row["id"]), row["picked"], row["delivered"],
        )
        for row in database.execute("SELECT * FROM orders ORDER BY created, id")
    ]  # fmt: skip
    places = [
        Place(row["name"], row["kind"], np.array(json.loads(row["polygon"]), float).reshape(-1, 2))
        for row in database.execute("SELECT * FROM places ORDER BY name")
    ]
    actors = dict(database.execute("SELECT name, kind FROM actors").fetchall())
    events = [_event(row) for row in database.execute("SELECT * FROM events ORDER BY time, id")]
    return Shift(reading.meta, reading.clock(0.0), reading.until, actors, places, orders, events)


def _event(row) -> Event:
    at = None if row["x"] is None or row["y"] is None else (row["x"], row["y"])
    return Event(
        row["id"], row["time"], row["kind"], row["actor"], row["other"], row["place"], at, row["order_id"],
        row["incident"], row["value"], row["note"],
    )  # fmt: skip
