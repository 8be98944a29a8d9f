"""How long things lasted: events that begin something and the events that end it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .facts import Fact, Source

ENDS: Final = {
    "vehicle_stopped": "vehicle_resumed",
    "vehicle_failed": "vehicle_repaired",
    "charging_started": "charging_ended",
    "camera_silent": "camera_back",
    "dock_closed": "dock_opened",
    "lane_closed": "lane_opened",
    "incident_detected": "incident_cleared",
}


@dataclass(frozen=True)
class Span:
    """From `start` until `end`, or until now if there is none; s."""

    start: Fact
    end: Fact | None
    seconds: float


def spans(source: Source, facts: Sequence[Fact]) -> list[Span]:
    """How long each thing lasted that can last."""
    ends: dict[tuple[str, object], list[Fact]] = {}
    for fact in source.events(*{ENDS[fact.kind] for fact in facts if fact.kind in ENDS}):
        ends.setdefault((fact.kind, _whose(fact)), []).append(fact)
    lasted = []
    for fact in facts:
        if fact.kind in ENDS:
            later = ends.get(
                (ENDS[fact.kind], fact.event if fact.kind == "incident_detected" else _whose(fact)), []
            )
            end = next((one for one in later if one.time >= fact.time), None)
            lasted.append(Span(fact, end, (end.time if end else source.now) - fact.time))
        elif fact.value is not None and fact.kind.startswith("order_"):
            lasted.append(Span(fact, fact, fact.value))
    return lasted


def _whose(fact: Fact) -> object:
    return fact.incident if fact.kind == "incident_cleared" else fact.actor or fact.place
