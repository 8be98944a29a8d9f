"""What the page is told of a run, read from its journal as it grows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ..journal.reading import Reading
from ..journal.schema import EVENTS, KINDS_OF_INCIDENTS, WANTED
from ..report.facts import read_shift
from ..report.incidents import Incident, find_incidents
from ..report.kpis import measure
from ..report.throughput import Throughput

CAMERAS = "cameras"
"""Folder of a run in which it keeps the newest picture of each camera, NAME.jpg."""
LONGEST = 60.0
"""The page is given the ways of so many s at a time at most."""
_MOST_EVENTS = 300
_UNTOLD = ("order_created", "order_assigned", "order_picked", "order_delivered", "rerouted")
"""Kinds of events that are too many to be told one by one."""
_NAME = re.compile(r"[\w-][\w.-]{0,80}")


def floor(reading: Reading) -> dict[str, Any]:
    """What does not change: places, actors, words; the clock at 0 s."""
    database = reading.database
    places = [
        {"name": row["name"], "kind": row["kind"], "corners": json.loads(row["polygon"])}
        for row in database.execute("SELECT * FROM places ORDER BY name")
    ]
    actors = [tuple(row) for row in database.execute("SELECT name, kind FROM actors ORDER BY name")]
    return {
        "title": reading.meta.get("name", "The warehouse"),
        "start": reading.clock(0.0).isoformat(),
        "places": places,
        "actors": actors,
        "incidents": KINDS_OF_INCIDENTS,
        "wanted": WANTED,
        "events": EVENTS,
    }


def progress(reading: Reading) -> tuple[float, bool]:
    """How far the run is, s, and whether it is over: it notes 'ended' then."""
    ended = reading.database.execute("SELECT value FROM meta WHERE key = 'ended'").fetchone()
    return reading.until, ended is not None


def frames(reading: Reading, begin: float, end: float) -> list[tuple[float, list[tuple[Any, ...]]]]:
    """Who was where: for each time in (begin, end] s, (name, x, y, yaw, speed, battery, task) of each."""
    rows = reading.database.execute(
        "SELECT * FROM samples WHERE time > ? AND time <= ? ORDER BY time", (begin, min(end, begin + LONGEST))
    )
    found: list[tuple[float, list[tuple[Any, ...]]]] = []
    for time, actor, x, y, yaw, speed, battery, task in rows:
        if not found or found[-1][0] != time:
            found.append((time, []))
        charge = None if battery is None else round(battery, 3)
        found[-1][1].append((actor, round(x, 2), round(y, 2), round(yaw, 3), round(speed, 2), charge, task))
    return found


def events(reading: Reading, after: int) -> list[dict[str, Any]]:
    """Events with ids above `after`, the newest of them, in their order; not what happens to every order."""
    marks = ", ".join("?" * len(_UNTOLD))
    rows = reading.database.execute(
        f"SELECT * FROM events WHERE id > ? AND kind NOT IN ('truth', {marks}) ORDER BY id DESC LIMIT ?",
        (after, *_UNTOLD, _MOST_EVENTS),
    ).fetchall()
    return [dict(row) for row in reversed(rows)]


def event(reading: Reading, number: int) -> dict[str, Any] | None:
    """The event of an id."""
    row = reading.database.execute("SELECT * FROM events WHERE id = ?", (number,)).fetchone()
    return None if row is None else dict(row)


def figures(reading: Reading) -> dict[str, Any]:
    """KPIs so far, and incidents as those see them who do not know the truth."""
    shift = read_shift(reading)
    kpis = measure(shift)
    throughput = Throughput(shift)
    times, rates = throughput.curve(120)
    waiting = sum(order.state == "new" for order in shift.orders)
    return {
        "throughput": float(throughput.at(shift.until)),
        "curve": [[round(float(t), 1), round(float(r), 1)] for t, r in zip(times, rates, strict=True)],
        "window": throughput.window,
        "orders": kpis.orders,
        "delivered": kpis.delivered,
        "waiting": waiting,
        "late": kpis.late,
        "on_time": kpis.on_time,
        "order_time": kpis.order_time,
        "utilisation": kpis.utilisation,
        "near_misses": kpis.near_misses,
        "contacts": kpis.contacts,
        "incidents": [_told(one) for one in find_incidents(shift) if one.detected is not None],
    }


def _told(incident: Incident) -> dict[str, Any]:
    return {
        "number": incident.number,
        "minor": incident.is_minor,
        "event": incident.event,
        "kind": incident.kind,
        "place": incident.place,
        "at": incident.at,
        "time": incident.detected,
        "cleared": incident.cleared,
        "closes": incident.mapped is not None,
        "steps": incident.steps,
    }


def cameras(folder: Path) -> dict[str, float]:
    """Names of the cameras that left a picture, and when it was written."""
    found = {}
    for path in sorted((folder / CAMERAS).glob("*.jpg")):
        if _NAME.fullmatch(path.stem):
            try:
                found[path.stem] = path.stat().st_mtime
            except FileNotFoundError:  # it is being replaced
                continue
    return found


def picture(folder: Path, name: str) -> bytes | None:
    """The newest JPEG of a camera; None if there is none of that name."""
    path = folder / CAMERAS / f"{name}.jpg"
    if not _NAME.fullmatch(name) or not path.is_file():
        return None
    return path.read_bytes()
