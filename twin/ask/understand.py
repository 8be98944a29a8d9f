"""Words to a query, by rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .facts import Source
from .query import Query
from .slots import Heard, fill
from .spelling import spelled
from .times import Times, plain
from .unused import unused
from .words import is_said, said


@dataclass(frozen=True)
class Understood:
    """What a question means, a name in it that the journal does not have, and words that were not used."""

    query: Query | None
    unknown: tuple[str, str | None] | None = None
    unused: tuple[str, ...] = ()


def understand(question: str, source: Source) -> Understood:
    """Read a question; its query is None if no rule knows what is asked."""
    text = plain(spelled(question.lower()))
    found = source.names.find(text)
    windows, rest = Times(source.reading, source.now).find(found.rest)
    if found.unknown:
        return Understood(None, found.unknown)
    named = Query(
        "list",
        actors=tuple(found.actors),
        places=tuple(found.places),
        orders=tuple(found.orders),
        windows=windows,
        incident=found.incident,
        other_run=is_said("hints", "other_run", rest),
    )
    # A camera that is named makes "blind" a topic; it does not ask for all cameras.
    about, words = re.sub("‹(order|incident)›", "‹›", rest), re.sub("‹.*?›", "‹›", rest)
    heard = Heard(words, tuple(said("topics", about)), tuple(said("nouns", words)))
    intent = _intent(said("intents", rest), heard, named)
    if intent is None:
        return Understood(None)
    return Understood(fill(replace(named, intent=intent), heard), unused=unused(rest))


def _intent(intents: list[str], heard: Heard, named: Query) -> str | None:
    """The first intent whose slots are there; None if nothing is asked that is known."""
    is_named = bool(named.actors or named.places or named.orders or named.incident is not None)
    several = len(named.actors) > 1 or len(named.places) > 1
    if named.other_run or len(named.windows) > 1 or (several and {"compare", "most"} & set(intents)):
        return "compare"
    is_about = is_named or bool(heard.topics)
    is_kind = heard.actor_kind is not None or heard.place_kind is not None
    only_orders = bool(named.orders) and not (heard.topics or named.actors or named.places)
    able = {
        "health": not is_named,
        "compare": several,
        "block": bool(named.places),
        "count": is_about or heard.actor_kind is not None,
        "most": is_about or is_kind or heard.hints("hour") is not None,
        "extreme": is_about,
        "when": is_about and not only_orders,
        "where": is_about,
        "duration": bool(heard.topics or named.places or named.orders),
        "list": (is_about or bool(named.windows)) and not only_orders,
        "status": is_named,
    }
    for intent in intents:
        if able.get(intent, True):
            return intent
    if named.actors or named.orders:
        return "list" if heard.topics else "status"
    return "list" if is_about else None
