"""A question in, an answer out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ..journal.reading import Reading
from .answer import Answer
from .answers import compare, events, health, incidents, late, orders, vehicles
from .answers.context import Context
from .facts import Source
from .floor import Floor
from .names import Names
from .query import Query
from .say import Say
from .understand import Understood, understand

MOST_CHARACTERS: Final = 500

_ANSWERS: Final[dict[str, Callable[[Context], Answer]]] = {
    "count": events.count,
    "list": events.list_all,
    "when": events.when,
    "where": vehicles.where,
    "most": events.most,
    "extreme": events.extreme,
    "duration": events.duration,
    "late": late.late,
    "stop": vehicles.stop,
    "block": incidents.block,
    "compare": compare.compare,
    "status": vehicles.status,
    "throughput": orders.throughput,
    "battery": vehicles.battery,
    "incident": incidents.timing,
    "health": health.health,
}


def ask(
    reading: Reading,
    question: str,
    now: float | None = None,
    *,
    other: Reading | None = None,
    reader: Callable[[str, Source], Query | None] | None = None,
) -> Answer:
    """Answer a question from a journal.

    Args:
        reading: the journal.
        question: in English or Chinese.
        now: when it is asked, s since the start; what came later is not seen. The journal's end by default.
        other: another run, to compare with.
        reader: turns words into a query, too (a language model); where it gives none, the rules hold.

    Returns:
        The answer; a sentence that says so, if there is none. It never raises for what a question says.
    """
    now = reading.until if now is None else max(0.0, now)
    say = Say(reading, "zh" if re.search(r"[\u4e00-\u9fff]", question[:MOST_CHARACTERS]) else "en")
    if len(question) > MOST_CHARACTERS:
        return Answer(say("too long", most=MOST_CHARACTERS))
    text = " ".join(unicodedata.normalize("NFKC", question).split())
    if not text:
        return Answer(say("empty"))
    source = Source(reading, Names(reading), Floor(reading), now)
    understood = understand(text, source)
    read = reader(text, source) if reader else None
    if read is not None:
        understood = Understood(read)
    if understood.query is None:
        return _refusal(say, understood)
    query = understood.query
    if any(window.since is not None and window.since > now for window in query.windows):
        return Answer(say("not yet", now=now), {"now": now})
    beside = Source(other, Names(other), Floor(other), other.until) if other else None
    context = Context(source, query, say, beside)
    answer = _ANSWERS[query.intent](context)
    text = answer.text
    if understood.unused:
        text += say("unused", words=say.join(understood.unused))
    slots = query.as_dict() | {"read_by": "rules" if read is None else "llm"}
    return replace(answer, text=text, understood=slots)


def _refusal(say: Say, understood: Understood) -> Answer:
    if understood.unknown is None:
        return Answer(say("not understood"))
    name, nearest = understood.unknown
    return Answer(say("unknown name", name=name) + (say("nearest", nearest=nearest) if nearest else ""))
