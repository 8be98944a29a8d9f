"""What went wrong in a shift, and how long each answer took."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

from .facts import Event, Shift
from .throughput import Throughput

_SAME = 2.0
"""A detection is of what happened at its own reckoning of the time, give or take so many s."""
PERSON_DOWN = "person_down"
"""The kind before which all others come second."""
_GRAVE = {"blocked_aisle", "dropped_load", "spill", PERSON_DOWN}
"""Kinds that need somebody, and in a twin come about only if made to: without a truth, false alarms."""
_FELT = {
    "vehicle_failed": "vehicle_repaired", "camera_silent": "camera_back", "dock_closed": "dock_opened",
    "lane_closed": "lane_opened",
}  # fmt: skip
"""What tells of itself, without a camera that sees it; what tells that it is over."""


@dataclass(frozen=True)
class Incident:
    """One thing that went wrong; times in s since the start, None for what did not happen or is not known.

    Attributes:
        number: on the page, from 1; 0 for what is minor.
        event: its id in the journal.
        kind: a key of `KINDS_OF_INCIDENTS`, or what the scenario calls it.
        detected: when it was seen or told; None: never.
        mapped, routed, cleared: when the map was updated, all had new ways, the floor was free again.
        steps: s to detect it, from there to the map, from there to accepted ways.
        recovery: s from when it happened until the throughput is back; 0.0 if it did not fall.
        is_made: something was made to go wrong, and this is it.
        is_false: nothing of the kind was made to go wrong, in a run that knows.
    """

    number: int
    event: int
    kind: str
    place: str | None
    at: tuple[float, float] | None
    happened: float
    detected: float | None = None
    mapped: float | None = None
    routed: float | None = None
    cleared: float | None = None
    steps: tuple[float | None, float | None, float | None] = (None, None, None)
    recovery: float | None = None
    is_made: bool = False
    is_false: bool = False

    @property
    def is_minor(self) -> bool:
        """Whether it comes and goes in any warehouse: somebody stands, or walks in a lane."""
        return not self.is_made and self.kind not in _GRAVE


def find_incidents(shift: Shift) -> list[Incident]:
    """All that was seen or told, and all that happened unnoticed, in the order of time."""
    truths, throughput = shift.of("truth"), Throughput(shift)
    seen, found = set(), []
    answers = _answers(shift)
    for event in shift.of("incident_detected"):
        truth = _cause(truths, event)
        if truth is not None:
            seen.add(truth.id)
        incident = _seen(event, truth, answers)
        is_false = bool(truths) and truth is None and event.note in _GRAVE
        recovery = throughput.recovery(incident.happened)
        is_made = truth is not None
        found.append(replace(incident, recovery=recovery, is_made=is_made, is_false=is_false))
    for truth in truths:
        if truth.id not in seen:
            incident = _felt(truth, shift, answers)
            recovery = throughput.recovery(incident.happened)
            found.append(replace(incident, recovery=recovery, is_made=True))
    found.sort(key=lambda incident: incident.happened)
    numbers = count(1)
    return [one if one.is_minor else replace(one, number=next(numbers)) for one in found]


def notable(incidents: list[Incident], most: int) -> list[Incident]:
    """So many at most of those that are not minor, in their order: people who fell, then what was made."""
    ranked = sorted(
        (one for one in incidents if not one.is_minor),
        key=lambda one: (one.kind != PERSON_DOWN, not one.is_made),
    )
    return sorted(ranked[:most], key=lambda one: one.number)


def _cause(truths: list[Event], event: Event) -> Event | None:
    """What a detection is of: cameras may take a dropped load for a blocked aisle, so its time decides."""
    if event.value is None:
        near = [one for one in truths if one.place == event.place and one.time <= event.time]
    else:
        near = [one for one in truths if abs(one.time - event.time + event.value) <= _SAME]
    begin = event.time - (event.value or 0.0)
    return min(near, key=lambda one: (one.place != event.place, abs(one.time - begin)), default=None)


def _answers(shift: Shift) -> dict[tuple[str, int], Event]:
    """The first answer of each kind to each incident."""
    answers: dict[tuple[str, int], Event] = {}
    for event in shift.of("map_updated", "routes_accepted", "incident_cleared"):
        if event.incident is not None:
            answers.setdefault((event.kind, event.incident), event)
    return answers


def _seen(event: Event, truth: Event | None, answers: dict[tuple[str, int], Event]) -> Incident:
    """What cameras saw. Steps are what the run measured: its clock has steps that computing does not."""
    happened = event.time - (event.value or 0.0) if truth is None else truth.time
    mapped, routed, cleared = (
        answers.get((kind, event.id)) for kind in ("map_updated", "routes_accepted", "incident_cleared")
    )
    return Incident(
        0, event.id, event.note, event.place, event.at or (truth.at if truth else None), happened, event.time,
        *(None if one is None else one.time for one in (mapped, routed, cleared)),
        steps=(event.value, _step(event, mapped), _step(mapped, routed)),
    )  # fmt: skip


def _step(before: Event | None, event: Event | None) -> float | None:
    if before is None or event is None:
        return None
    return event.time - before.time if event.value is None else event.value


def _felt(truth: Event, shift: Shift, answers: dict[tuple[str, int], Event]) -> Incident:
    """What no camera saw: it, or somebody, may have told of it."""

    def first(kinds: set[str], begin: float) -> Event | None:
        about = (truth.actor, truth.place)
        return next(
            (
                one
                for one in shift.of(*kinds)
                if one.time >= begin and (one.actor or one.place) and (one.actor or one.place) in about
            ),
            None,
        )

    told = first(set(_FELT), truth.time)
    over = None if told is None else first({_FELT[told.kind]}, told.time)
    mapped, routed = (
        None if told is None else answers.get((kind, told.id)) for kind in ("map_updated", "routes_accepted")
    )
    return Incident(
        0, (told or truth).id, truth.note, truth.place or truth.actor, truth.at, truth.time,
        detected=None if told is None else told.time,
        mapped=None if mapped is None else mapped.time,
        routed=None if routed is None else routed.time,
        cleared=None if over is None else over.time,
        steps=(None if told is None else told.time - truth.time, _step(told, mapped), _step(mapped, routed)),
    )  # fmt: skip
