"""Where AMRs went round about a place before it was closed, and once all had new ways."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from markupsafe import Markup

from .facts import Place, Shift
from .floor import Floor
from .incidents import Incident
from .svg import Drawing

_MOST, _SECONDS, _FEWEST = 3, 180.0, 20.0
"""Incidents that are shown; s before and after; with fewer s there is nothing to see."""
_AROUND = np.array([30.0, 18.0])  # m on each side


@dataclass(frozen=True)
class Ways:
    """Ways of AMRs over so many seconds, and how many of them came through the place."""

    picture: Markup
    seconds: float
    passed: int


@dataclass(frozen=True)
class Detour:
    """Ways before and after an incident closed a place."""

    incident: Incident
    before: Ways
    after: Ways


def find_detours(shift: Shift, floor: Floor, incidents: list[Incident]) -> list[Detour]:
    """Of the incidents for which vehicles got new ways: those whose place most AMRs had come through."""
    places = {place.name: place for place in shift.places if len(place.corners) >= 3}
    detours = []
    for incident in incidents:
        place = places.get(incident.place or "")
        if place is None or incident.routed is None:
            continue
        end = min(shift.until if incident.cleared is None else incident.cleared, incident.routed + _SECONDS)
        begin = max(0.0, incident.happened - _SECONDS)
        if min(incident.happened - begin, end - incident.routed) >= _FEWEST:
            before = _ways(shift, floor, place, begin, incident.happened, "before")
            after = _ways(shift, floor, place, incident.routed, end, "after")
            detours.append(Detour(incident, before, after))
    detours.sort(key=lambda one: -one.before.passed / one.before.seconds)
    return sorted(detours[:_MOST], key=lambda one: one.incident.number)


def _ways(shift: Shift, floor: Floor, place: Place, begin: float, end: float, when: str) -> Ways:
    middle = (place.corners.min(axis=0) + place.corners.max(axis=0)) / 2
    around = np.minimum(_AROUND, (floor.high - floor.low) / 2)
    middle = np.clip(middle, floor.low + around, floor.high - around)
    corner = floor.pixels(np.array([[middle[0] - around[0], middle[1] + around[1]]]))[0]
    size = 2 * around * floor.scale
    label = f"Ways of AMRs near {place.name} {when} the incident"
    draw = Drawing(size[0], size[1], label, "map", (float(corner[0]), float(corner[1])))
    floor.draw_places(draw)
    if when == "after":
        draw.polygon(floor.pixels(place.corners), "place shut", tip=f"{place.name} is closed")
    draw.group("ways")
    outline, passed = place.corners.astype(np.float32), 0
    for name in shift.named("amr"):
        way = floor.way(name, begin, end)
        if len(way) and (np.abs(way - middle) <= around).all(axis=1).any():
            floor.draw_path(draw, name, begin, end, "path")
            passed += any(cv2.pointPolygonTest(outline, (float(x), float(y)), False) > 0 for x, y in way)
    return Ways(draw.markup(), end - begin, passed)
