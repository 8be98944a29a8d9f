"""A short shift in the twin of a small warehouse, in which an aisle is blocked."""

from __future__ import annotations

import shutil
from pathlib import Path

from ...twin.journal.reading import Reading
from ...twin.warehouse.scenario import (
    FleetCfg,
    HallCfg,
    MishapCfg,
    OrdersCfg,
    PeopleCfg,
    Scenario,
    WatchCfg,
)
from ...twin.warehouse.shift import run_shift

SHIFT = Scenario(
    name="demo-shift",
    seconds=180.0,
    hall=HallCfg(2500.0, 30),
    fleet=FleetCfg(8),
    people=PeopleCfg(4, 1),
    orders=OrdersCfg(600.0),
    watch=WatchCfg(2.0),
    mishaps=(MishapCfg("blocked_aisle", 75.0, 75.0),),
)
_STEPS = {
    "incident_detected": "cameras saw it after",
    "map_updated": "the map was changed after",
    "routes_accepted": "all AMRs had new ways after",
}


def make_shift(folder: Path) -> dict[str, str]:
    """Run it into `folder`, anew; what came out, to be read."""
    shutil.rmtree(folder, ignore_errors=True)
    run_shift(SHIFT, folder, folder / "halls")
    reading = Reading(folder / "journal.sqlite")
    orders = reading.database.execute("SELECT count(*), count(delivered) FROM orders").fetchone()
    found = {
        "hall": f"{SHIFT.hall.area_m2:g} m², {SHIFT.hall.cameras} ceiling cameras, {SHIFT.fleet.amrs} AMRs, "
        f"{SHIFT.people.workers} people, {SHIFT.people.forklifts} fork truck",
        "orders": f"{orders[1]} of {orders[0]} delivered in {SHIFT.seconds / 60:g} minutes",
    }
    incident = reading.database.execute(
        "SELECT id FROM events WHERE kind = 'incident_detected' AND value IS NOT NULL ORDER BY id LIMIT 1"
    ).fetchone()
    for kind, label in _STEPS.items() if incident else ():
        key = "id" if kind == "incident_detected" else "incident"
        row = reading.database.execute(
            f"SELECT value FROM events WHERE kind = ? AND {key} = ? ORDER BY id LIMIT 1",
            (kind, incident["id"]),
        ).fetchone()
        if row is not None:
            found[label] = f"{row['value']:.2f} s"
    found["contacts"] = reading.meta["contacts"]
    reading.close()
    return found
