"""An aisle is blocked while orders run: how long it takes to be seen and gone round, and what it costs.

Each trial runs the same shift three times: with nothing in the way, with the aisle blocked and seen by the
cameras, and with the aisle blocked and nobody going round it: vehicles then stand before it until it is free.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ..ceiling.hall import Hall
from ..journal.journal import Journal
from ..journal.reading import Reading
from .run import Run
from .scenario import MishapCfg, OrdersCfg, Scenario, WatchCfg

BLOCKED, LASTS = 300.0, 600.0
"""s at which the aisle is blocked, and for how long; the shift ends with it."""
KEYNOTE = Scenario(seconds=BLOCKED + LASTS, orders=OrdersCfg(per_hour=480.0, due_minutes=12.0))
_RATE = 2.0  # looks a second


@dataclass(frozen=True)
class Trial:
    """What came out of one seed.

    Attributes:
        seed: of the shift. place: the aisle.
        detected: s from the event until cameras saw it, computing included; None if they never did.
        updated: s from there until the map was changed. accepted: s from there until all had new ways.
        unblocked, rerouted, ignored: orders delivered while the aisle was blocked, in the three runs.
        contacts, near_misses: of the run that is seen, by the truth.
        astray: most that a vehicle was there from where it took itself to be, m.
        lost: orders that are under way and that no vehicle has.
        false_alarms: how often cameras had other floor closed.
    """

    seed: int
    place: str
    detected: float | None
    updated: float | None
    accepted: float | None
    unblocked: int
    rerouted: int
    ignored: int
    contacts: int
    near_misses: int
    astray: float
    lost: int
    false_alarms: int


def run_trial(hall: Hall, seed: int) -> Trial:
    """The three runs of a seed."""
    shift = replace(KEYNOTE, seed=seed)
    mishap = (MishapCfg("blocked_aisle", BLOCKED, LASTS),)
    with TemporaryDirectory() as name:
        folder = Path(name)
        free, _ = _run(hall, replace(shift, watch=WatchCfg(0.0)), folder / "free")
        blind = replace(shift, watch=WatchCfg(0.0, reroute=False), mishaps=mishap)
        ignored, _ = _run(hall, blind, folder / "ignored")
        seen = replace(shift, watch=WatchCfg(_RATE), mishaps=mishap)
        rerouted, run = _run(hall, seen, folder / "seen")
        times = _times(folder / "seen", run)
    place = next(one.place for one in run.mishaps.lying if one.happened is not None)
    return Trial(
        seed, place, *times[:3], free, rerouted, ignored,
        run.contacts.count, run.contacts.near_misses, run.contacts.astray,
        run.work.lost_orders(), times[3],
    )  # fmt: skip


def _run(hall: Hall, scenario: Scenario, path: Path) -> tuple[int, Run]:
    """Orders delivered while the aisle was blocked, and the run at its end."""
    with Journal(path, {"start": scenario.start.isoformat()}) as journal:
        run = Run(scenario, hall, journal)
        run.run()
    delivered = [order.delivered for order in run.work.orders.values()]
    return sum(time is not None and time > BLOCKED for time in delivered), run


def _times(path: Path, run: Run) -> tuple[float | None, float | None, float | None, int]:
    """Seconds to detected, updated and accepted, and the number of false alarms."""
    reading = Reading(path)
    alarms = reading.database.execute(
        "SELECT id, value FROM events WHERE kind = 'incident_detected' AND value IS NOT NULL ORDER BY id"
    ).fetchall()
    closed = reading.database.execute("SELECT incident FROM events WHERE kind = 'map_updated'").fetchall()
    own = {alarm["id"] for alarm in alarms}
    false = len({row["incident"] for row in closed} - own)
    if not alarms:
        return None, None, None, false
    updated, accepted = (
        _value(reading.database, kind, alarms[0]["id"]) for kind in ("map_updated", "routes_accepted")
    )
    return float(alarms[0]["value"]), updated, accepted, false


def _value(database: sqlite3.Connection, kind: str, incident: int) -> float | None:
    row = database.execute(
        "SELECT value FROM events WHERE kind = ? AND incident = ? ORDER BY id LIMIT 1", (kind, incident)
    ).fetchone()
    return None if row is None else float(row["value"])
