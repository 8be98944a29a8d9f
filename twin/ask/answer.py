"""What comes back: a sentence, the figures in it, and the events that say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .facts import Fact


@dataclass(frozen=True)
class Cited:
    """An event of the journal: its id, its time in s since the start, its kind."""

    id: int
    time: float
    kind: str


@dataclass(frozen=True)
class Answer:
    """An answer for a page or a terminal.

    Attributes:
        text: one or a few plain sentences, in the language of the question. No markup: show it as text.
        figures: every number in the text by name, in SI units, and names that were found.
        events: what says so, at most `MOST_CITED`.
        jump: s since the start of the moment to look at, if there is one.
        understood: the query's slots, and `read_by`: 'rules' or 'llm'; empty if it was not understood.
    """

    text: str
    figures: dict[str, float | int | str | None] = field(default_factory=dict)
    events: tuple[Cited, ...] = ()
    jump: float | None = None
    understood: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: {text, figures, events: [{id, time, kind}], jump, understood}."""
        return {
            "text": self.text,
            "figures": self.figures,
            "events": [vars(event) for event in self.events],
            "jump": self.jump,
            "understood": self.understood,
        }


MOST_CITED = 20


def cite(facts: Iterable[Fact | None]) -> tuple[Cited, ...]:
    """Events of facts that have one; the last of many."""
    cited: dict[int, Cited] = {}
    for fact in facts:
        if fact is not None and fact.event is not None:
            cited[fact.event] = Cited(fact.event, fact.time, fact.kind)
    return tuple(list(cited.values())[-MOST_CITED:])
