"""Tables of a journal, and what its events mean."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x47414A4E
"""Marks a SQLite file as a journal of ours."""
VERSION: Final = 1

TABLES: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE places (name TEXT PRIMARY KEY, kind TEXT NOT NULL, polygon TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE actors (name TEXT PRIMARY KEY, kind TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, kind TEXT NOT NULL,
    actor TEXT, other TEXT, place TEXT, x REAL, y REAL, order_id TEXT, incident INTEGER, value REAL,
    note TEXT NOT NULL DEFAULT ''
);
CREATE INDEX events_by_kind ON events (kind, time);
CREATE TABLE orders (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, sku TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL,
    created REAL NOT NULL, due REAL NOT NULL, state TEXT NOT NULL, actor TEXT, picked REAL, delivered REAL
) WITHOUT ROWID;
CREATE TABLE samples (
    time REAL NOT NULL, actor TEXT NOT NULL, x REAL NOT NULL, y REAL NOT NULL, yaw REAL NOT NULL,
    speed REAL NOT NULL, battery REAL, task TEXT NOT NULL DEFAULT ''
);
CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), state BLOB NOT NULL);
CREATE INDEX samples_by_actor ON samples (actor, time);
CREATE INDEX samples_by_time ON samples (time);
"""
"""Times are s since `meta.start`, an ISO 8601 clock time; m, rad, m/s in the world's frame.

`places.polygon` is JSON, [[x, y], ...]. `samples.battery` is a share of 1, null for who has none.
`checkpoint` is what a killed run goes on from, as of the last commit (`twin/warehouse/checkpoint.py`).
`events.incident` is the id of the event that told of what it belongs to: `incident_detected`, `lane_closed`
or `dock_closed`.
"""

EVENTS: Final = {
    "order_created": "An order came in.",
    "order_assigned": "A vehicle took an order.",
    "order_picked": "A vehicle has the load of an order.",
    "order_delivered": "An order is done.",
    "order_late": "The time until which an order was due is over.",
    "order_redirected": "An order goes to another dock, `place`.",
    "order_returned": "An order was given back, and waits for another vehicle.",
    "truth": "Something was made to go wrong; nobody in the twin knows. `note` is its kind.",
    "incident_detected": "Cameras saw something wrong. `note` is its kind, `value` s since the truth.",
    "map_updated": "The floor that it takes is closed. `value` is s since it was detected.",
    "routes_accepted": "All vehicles have new ways. `value` is s since the map was updated.",
    "rerouted": "A vehicle's way changed because of an incident.",
    "incident_cleared": "The floor is free again.",
    "near_miss": "A vehicle and a person, or two vehicles, came close. `value` is the distance, m.",
    "contact": "A vehicle touched `other`.",
    "vehicle_stopped": "A vehicle stands on its way. `note` says why.",
    "vehicle_resumed": "It goes on. `value` is s that it stood.",
    "vehicle_failed": "A vehicle broke down.",
    "vehicle_repaired": "It works again.",
    "charging_started": "A vehicle is at its charger.",
    "charging_ended": "It leaves the charger.",
    "camera_silent": "A camera delivers no pictures.",
    "camera_back": "It delivers again.",
    "dock_closed": "A dock is not used for now.",
    "dock_opened": "It is used again.",
    "lane_closed": "Nobody may drive on a stretch of lane, says maintenance.",
    "lane_opened": "It can be driven on again.",
    "run_resumed": "The run was killed, and goes on from here.",
}
"""What each kind of event says; of actor, other, place, x, y and order those are set that it has."""

KINDS_OF_INCIDENTS: Final = {
    "blocked_aisle": "an aisle is blocked",
    "dropped_load": "a load lies on the floor",
    "spill": "a spill",
    "person_in_lane": "a person is in the lane of the vehicles",
    "person_down": "a person lies on the floor",
    "stopped_vehicle": "a vehicle stands where it should not",
    "near_miss": "a near miss",
    "closed_dock": "a dock is out of use",
    "broken_lane": "a stretch of lane must not be driven on",
}
WANTED: Final = ("person_down", "blocked_aisle", "dropped_load", "spill", "closed_dock", "broken_lane")
"""Those that spectators may have happen."""
ORDER_STATES: Final = ("new", "assigned", "picked", "delivered", "cancelled")
ACTORS: Final = ("amr", "forklift", "worker", "camera", "station", "dock", "charger")
PLACES: Final = ("hall", "rack", "aisle", "lane", "station", "dock", "charger", "parking", "crossing")
"""The hall is the floor inside the walls; racks are where nobody can go."""
