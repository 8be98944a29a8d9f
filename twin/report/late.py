"""Orders that came late, and what the journal knows of why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ..journal.schema import KINDS_OF_INCIDENTS
from .facts import Event, Order, Shift
from .kpis import duration

_WORTH_A_WORD = 10.0  # s


@dataclass(frozen=True)
class LateOrder:
    """An order, s that it is late (so far, if it has not come), and causes in words, the longest first."""

    order: Order
    by: float
    causes: list[str]


def late_orders(shift: Shift) -> list[LateOrder]:
    """Late orders, the latest first."""
    of_order, of_actor = defaultdict(list), defaultdict(list)
    for event in shift.events:
        if event.order is not None:
            of_order[event.order].append(event)
        if event.actor is not None:
            of_actor[event.actor].append(event)
    kinds = {event.id: event for event in shift.of("incident_detected")}
    late = []
    for order in shift.orders:
        if order.is_late(shift.until):
            end = shift.until if order.delivered is None else order.delivered
            causes = _causes(order, end, of_order[order.id], of_actor, kinds)
            late.append(LateOrder(order, end - order.due, causes))
    return sorted(late, key=lambda one: -one.by)


def _causes(
    order: Order,
    end: float,
    own: list[Event],
    of_actor: dict[str, list[Event]],
    incidents: dict[int, Event],
) -> list[str]:
    """What took its time, as (s, words), and then what is known without a time."""
    timed = []
    waited = (end if order.assigned is None else order.assigned) - order.created
    if waited >= _WORTH_A_WORD:
        timed.append((waited, f"waited {duration(waited)} for a free vehicle"))
    told = [f"{one.actor or 'its vehicle'} gave it back" for one in own if one.kind == "order_returned"]
    begin = order.created if order.assigned is None else order.assigned
    for event in of_actor.get(order.actor or "", []) if order.assigned is not None else []:
        if not begin <= event.time <= end:
            continue
        if event.kind == "vehicle_resumed":
            stood, why = _stop(event, of_actor)
            stood = min(stood, event.time - begin)
            if stood >= _WORTH_A_WORD:
                timed.append((stood, f"{order.actor} stood {duration(stood)}{why}"))
        elif event.kind == "rerouted":
            told.append(f"{order.actor} went round{_incident(incidents.get(event.incident or -1))}")
        elif event.kind == "vehicle_failed":
            told.append(f"{order.actor} broke down")
        elif event.kind == "charging_started":
            told.append(f"{order.actor} had to charge")
    if order.assigned is not None:
        timed.append((0.0, f"on its way for {duration(end - order.assigned)}"))
    return [words for _, words in sorted(timed, key=lambda one: -one[0])] + list(dict.fromkeys(told))


def _stop(resumed: Event, of_actor: dict[str, list[Event]]) -> tuple[float, str]:
    """How long the stop took that ended, s, and its note in brackets."""
    stops = [
        event
        for event in of_actor[resumed.actor or ""]
        if event.kind == "vehicle_stopped" and event.time <= resumed.time
    ]
    if not stops:
        return resumed.value or 0.0, ""
    note, stood = stops[-1].note, resumed.time - stops[-1].time
    why = f" ({KINDS_OF_INCIDENTS.get(note, note.replace('_', ' '))})" if note else ""
    return resumed.value or stood, why


def _incident(event: Event | None) -> str:
    if event is None:
        return " an incident"
    place = f" in {event.place}" if event.place else ""
    return f" ({KINDS_OF_INCIDENTS.get(event.note, event.note)}{place})"
