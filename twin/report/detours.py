"""Where AMRs went round about a place before it was closed, and once all had new ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from .facts import Place, Shift
from .floor import Floor
from .incidents import Incident
from .svg import Drawing

_MOST, _SECONDS, _FEWEST = 3, 180.0, 20.0
"""Incidents that are shown; s before and after; with fewer s there is nothing to see."""
_PAST = 1.5  # m from the middle of what is in the way
_AROUND = np.array([30.0, 18.0])  # m on each side


@dataclass(frozen=True)
class Ways:
    """Ways of AMRs over so many seconds, and how many of them came past what is, or will be, in the way."""

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
    """Of the incidents for which vehicles got new ways: those that most AMRs would have met."""
    places = {place.name: place for place in shift.places if len(place.corners) >= 3}
    detours = []
    for incident in incidents:
        place = places.get(incident.place or "")
        if place is None or incident.routed is None or incident.at is None:
            continue
        if incident.is_minor or incident.is_false:
            continue
        end = min(shift.until if incident.cleared is None else incident.cleared, incident.routed + _SECONDS)
        begin = max(0.0, incident.happened - _SECONDS)
        if min(incident.happened - begin, end - incident.routed) >= _FEWEST:
            before = _ways(shift, floor, place, incident.at, begin, incident.happened)
            after = _ways(shift, floor, place, incident.at, incident.routed, end, closed=True)
            detours.append(Detour(incident, before, after))
    detours.sort(key=lambda one: -one.before.passed / one.before.seconds)
    return sorted(detours[:_MOST], key=lambda one: one.incident.number)


def _ways(
    shift: Shift,
    floor: Floor,
    place: Place,
    at: tuple[float, float],
    begin: float,
    end: float,
    closed: bool = False,
) -> Ways:
    """Ways from `begin` to `end` s around a spot of a place, which is marked if it is `closed`."""
    around = np.minimum(_AROUND, (floor.high - floor.low) / 2)
    middle = np.clip(at, floor.low + around, floor.high - around)
    corner = floor.pixels(np.array([[middle[0] - around[0], middle[1] + around[1]]]))[0]
    size = 2 * around * floor.scale
    label = f"Ways of AMRs near {place.name} {'after' if closed else 'before'} the incident"
    draw = Drawing(size[0], size[1], label, "map", (float(corner[0]), float(corner[1])))
    floor.draw_places(draw)
    if closed:
        draw.polygon(floor.pixels(place.corners), "place shut", tip=place.name)
    draw.group("ways")
    passed = 0
    for name in shift.named("amr"):
        way = floor.way(name, begin, end)
        if (np.abs(way - middle) <= around).all(axis=1).any():
            floor.draw_path(draw, name, begin, end, "path")
            passed += _nearest(way, np.asarray(at)) < _PAST
    if closed:
        (x, y) = floor.pixels(np.array([at]))[0]
        draw.circle((x, y), 9, "badge", tip="in the way")
    return Ways(draw.markup(), end - begin, int(passed))


def _nearest(way: np.ndarray, point: np.ndarray) -> float:
    """Least distance of a way (n, 2) from a point, m."""
    if len(way) < 2:
        return float(np.linalg.norm(way - point, axis=1).min(initial=np.inf))
    step = np.diff(way, axis=0)
    along = ((point - way[:-1]) * step).sum(axis=1) / np.maximum((step**2).sum(axis=1), 1e-12)
    foot = way[:-1] + np.clip(along, 0.0, 1.0)[:, None] * step
    return float(np.linalg.norm(foot - point, axis=1).min())
