"""What goes wrong on the floor, from one look at it to the next.

Each incident has a place and the times at which it began and ended. It is reported as soon as its rule holds,
and ended when the rule has not held for two seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.distance import cdist

from ..poses import Array
from .calibration import Zone
from .classes import FLAT

if TYPE_CHECKING:
    from .pipeline import Thing

STOPPED = 10.0
"""How long a vehicle stands outside of a parking zone until that is an incident, s."""
PASSAGE = 1.5
"""Free width that an aisle needs, m."""
NEAR_MISS = 0.5
"""Distance between the rims of a person and a moving vehicle, m."""
_MOVING = 0.5  # speed of a vehicle that can hurt, m/s
_LINGER = 2.0  # s that a rule must not hold until its incident has ended
_SETTLED = 1.0  # s that an obstacle has been lying until it is one
_NEAR = 5.0  # m between the middles of a vehicle and a person who are looked at
_SHARES = 11  # of the way between two looks at which distances are taken
_IN_LANE = 1.0  # s that a person is in a lane until that is an incident


@dataclass(eq=False)
class Incident:
    """Something that went wrong.

    Attributes:
        kind: `person_down`, `spill`, `dropped_load`, `blocked_aisle`, `stopped_vehicle`, `person_in_lane` or
            `near_miss`.
        start: when it began, s. reported: when it was noticed, s. end: when it was over, None while it lasts.
        position: (2,) m where it was noticed. zone: the name of the zone it is in, or "".
        things: ids of who takes part.
    """

    kind: str
    start: float
    reported: float
    position: Array
    zone: str
    things: tuple[int, ...]
    end: float | None = None


@dataclass(frozen=True, eq=False)
class _Finding:
    kind: str
    start: float
    position: Array
    zone: str
    things: tuple[int, ...]


class IncidentRules:
    """Looks for incidents among the things on the floor.

    Args:
        zones: of the floor.
        passage: free width that an aisle needs, m.
        near_miss: distance between the rims of a person and a moving vehicle that is too small, m.
        stopped: how long a vehicle stands until that is an incident, s.

    Attributes:
        incidents: all so far, in the order in which they were noticed.
    """

    def __init__(
        self,
        zones: Sequence[Zone],
        passage: float = PASSAGE,
        near_miss: float = NEAR_MISS,
        stopped: float = STOPPED,
    ) -> None:
        self._zones, self._passage, self._near_miss, self._limit = zones, passage, near_miss, stopped
        corners = [zone.polygon for zone in zones]
        self._low = np.array([polygon.min(axis=0) for polygon in corners]).reshape(-1, 2)
        self._high = np.array([polygon.max(axis=0) for polygon in corners]).reshape(-1, 2)
        self.incidents: list[Incident] = []
        self._open: dict[tuple[str, tuple[int, ...]], tuple[Incident, float]] = {}
        self._last: dict[int, Thing] = {}  # that were seen
        self._entered: dict[tuple[int, str], float] = {}

    def step(self, time: float, things: Sequence[Thing]) -> list[Incident]:
        """Incidents that were noticed or that ended at `time` in s."""
        changed = []
        for found in self._findings(time, things):
            key = (found.kind, found.things)
            if key in self._open:
                self._open[key] = (self._open[key][0], time)
                continue
            incident = Incident(found.kind, found.start, time, found.position, found.zone, found.things)
            self._open[key] = (incident, time)
            self.incidents.append(incident)
            changed.append(incident)
        for key, (incident, held) in list(self._open.items()):
            if time - held > _LINGER:
                incident.end = held
                changed.append(incident)
                del self._open[key]
        self._last = {thing.id: thing for thing in things if _is_seen(thing)}
        return changed

    def _findings(self, time: float, things: Sequence[Thing]) -> Iterator[_Finding]:
        at = np.array([thing.position for thing in things]).reshape(-1, 2)
        zones_of = self._zones_of(at)
        for thing, zones in zip(things, zones_of, strict=True):
            yield from self._person_down(time, thing, zones)
            yield from self._obstacle(time, thing, zones)
            yield from self._stopped(time, thing, zones)
            yield from self._person_in_lane(time, thing, zones)
        yield from self._near_misses(time, things)

    def _zones_of(self, at: Array) -> list[list[Zone]]:
        """The zones that each of the places (n, 2) is in."""
        zones: list[list[Zone]] = [[] for _ in at]
        is_near = np.all((at > self._low[:, None]) & (at < self._high[:, None]), axis=2)
        for z in np.flatnonzero(is_near.any(axis=1)).tolist():
            near = np.flatnonzero(is_near[z])
            for k in near[self._zones[z].contains(at[near])].tolist():
                zones[k].append(self._zones[z])
        return zones

    def _person_down(self, time: float, thing: Thing, zones: list[Zone]) -> Iterator[_Finding]:
        if thing.fell and thing.still_for >= _SETTLED:
            zone = zones[0].name if zones else ""
            yield _Finding("person_down", time - thing.still_for, thing.position, zone, (thing.id,))

    def _obstacle(self, time: float, thing: Thing, zones: list[Zone]) -> Iterator[_Finding]:
        if thing.kind != "obstacle" or thing.fell or thing.still_for < _SETTLED:
            return
        kind = "spill" if thing.height < FLAT else "dropped_load"
        start, zone = time - thing.still_for, zones[0].name if zones else ""
        yield _Finding(kind, start, thing.position, zone, (thing.id,))
        yield from self._blocked(start, thing, zones)

    def _stopped(self, time: float, thing: Thing, zones: list[Zone]) -> Iterator[_Finding]:
        is_vehicle = thing.kind in ("amr", "forklift")
        if not is_vehicle or thing.still_for < self._limit or any(zone.kind == "parking" for zone in zones):
            return
        start = time - thing.still_for + STOPPED
        yield _Finding("stopped_vehicle", start, thing.position, zones[0].name if zones else "", (thing.id,))
        yield from self._blocked(start, thing, zones)

    def _blocked(self, start: float, thing: Thing, zones: list[Zone]) -> Iterator[_Finding]:
        for zone in zones:
            if zone.kind == "aisle" and self._is_tight(zone, thing):
                yield _Finding("blocked_aisle", start, thing.position, zone.name, (thing.id,))

    def _is_tight(self, zone: Zone, thing: Thing) -> bool:
        return free_width(zone, thing.position, thing.size, thing.heading) < self._passage

    def _person_in_lane(self, time: float, thing: Thing, zones: list[Zone]) -> Iterator[_Finding]:
        if thing.kind != "worker":
            return
        lanes = {zone.name for zone in zones if zone.kind == "amr_lane"}
        for name in [name for who, name in self._entered if who == thing.id and name not in lanes]:
            del self._entered[thing.id, name]
        for name in lanes:
            start = self._entered.setdefault((thing.id, name), time)
            if time - start >= _IN_LANE:
                yield _Finding("person_in_lane", start, thing.position, name, (thing.id,))

    def _near_misses(self, time: float, things: Sequence[Thing]) -> Iterator[_Finding]:
        # A vehicle that brakes for somebody, unseen, would seem to have run into him.
        seen = [thing for thing in things if _is_seen(thing)]
        people = [thing for thing in seen if thing.kind == "worker"]
        vehicles = [
            thing
            for thing in seen
            if thing.kind in ("amr", "forklift") and np.hypot(*thing.velocity) > _MOVING
        ]
        if not people or not vehicles:
            return
        apart = cdist([thing.position for thing in vehicles], [thing.position for thing in people])
        for v, p in np.argwhere(apart <= _NEAR).tolist():
            vehicle, person = vehicles[v], people[p]
            if self._closest(vehicle, person) < self._near_miss:
                middle = (vehicle.position + person.position) / 2
                yield _Finding("near_miss", time, middle, "", (vehicle.id, person.id))

    def _closest(self, vehicle: Thing, person: Thing) -> float:
        """Least distance between the rims on the straight ways and even turns since the last look, m."""
        now, heading = person.position - vehicle.position, vehicle.heading
        before, turn = now, 0.0
        if vehicle.id in self._last and person.id in self._last:
            last = self._last[vehicle.id]
            before = self._last[person.id].position - last.position
            # Which end is the front is not known: by less than a quarter turn.
            turn = (heading - last.heading + np.pi / 2) % np.pi - np.pi / 2
        share = np.linspace(0.0, 1.0, _SHARES)
        way, angle = before + share[:, None] * (now - before), heading - (1 - share) * turn
        c, s = np.cos(angle), np.sin(angle)
        offset = abs(np.stack([c * way[:, 0] + s * way[:, 1], c * way[:, 1] - s * way[:, 0]], axis=1))
        gap = np.maximum(offset - vehicle.size / 2, 0.0)
        # Arms and legs swing along his way: he is as wide as he is deep.
        return float(np.hypot(*gap.T).min()) - float(person.size.min()) / 2


def _is_seen(thing: Thing) -> bool:
    """Whether this look found it; otherwise it is where it would be had it gone on as before."""
    return thing.confidence >= 1.0


def free_width(zone: Zone, position: Array, size: Array, heading: float) -> float:
    """The wider of the two ways past a thing in an aisle, in m, across the aisle's longer side."""
    low, high = zone.polygon.min(axis=0), zone.polygon.max(axis=0)
    across = int(np.argmin(high - low))
    along = np.array([np.cos(heading), np.sin(heading)])
    reach = abs(along[across]) * size[0] / 2 + abs(along[1 - across]) * size[1] / 2
    return float(max(position[across] - reach - low[across], high[across] - position[across] - reach))
