"""The named parts of the floor, as the journal keeps them."""

from __future__ import annotations

import numpy as np

from ..ceiling.hall import Hall
from ..journal.journal import Journal
from .network import Network

_KINDS = {"aisle": "aisle", "amr_lane": "lane"}
_HALF = 0.8  # m, half of the side of a station or charger


def write_places(journal: Journal, hall: Hall, network: Network) -> None:
    """Hall, racks, zones of the cameras, stations, chargers and docks."""
    layout = hall.layout
    x, y = layout.half_length, layout.half_width
    journal.place("hall", "hall", _box(0.0, 0.0, x, y))
    for row in layout.obstacles:
        journal.place(row.name, "rack", _box(*row.center[:2], row.size[0] / 2, row.size[1] / 2))
    for zone in hall.calibration.zones:
        if zone.kind in _KINDS:
            journal.place(zone.name, _KINDS[zone.kind], zone.polygon)
    for kind, sites in (("station", network.stations), ("charger", network.chargers)):
        for name, vertex in sites.items():
            east, north = network.at[vertex].tolist()
            journal.place(name, kind, _box(east, north, _HALF, _HALF))
    for site in layout.sites:
        if site.kind.startswith("dock"):
            journal.place(site.name, "dock", _box(*site.position[:2], 1.5, 1.5))


def _box(x: float, y: float, half_x: float, half_y: float) -> np.ndarray:
    return np.array(
        [
            [x - half_x, y - half_y],
            [x + half_x, y - half_y],
            [x + half_x, y + half_y],
            [x - half_x, y + half_y],
        ]
    )
