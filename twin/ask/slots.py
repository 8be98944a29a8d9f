"""Topic, kinds and rank of a query whose intent is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from .query import PLACE_KINDS, Query
from .topics import TOPICS
from .words import is_said, pattern

_WITHOUT_TOPIC = ("health", "throughput", "battery", "status", "late", "stop", "block")
_MOVERS = ("amr", "forklift", "worker", "camera", "station")
_FLOOR = ("aisle", "lane", "crossing", "parking")


@dataclass(frozen=True)
class Heard:
    """Words of a question that are no names or times, its topics and nouns, the narrow first."""

    words: str
    topics: tuple[str, ...]
    nouns: Sequence[str]

    @property
    def actor_kind(self) -> str | None:
        """Of what is named by its kind."""
        return next((noun for noun in self.nouns if noun in _MOVERS), None)

    @property
    def place_kind(self) -> str | None:
        """Of places that are named by their kind."""
        return next((noun for noun in self.nouns if noun in PLACE_KINDS), None)

    def hints(self, *names: str) -> str | None:
        """The first of some hints that is in the question."""
        return next((name for name in names if is_said("hints", name, self.words)), None)


def fill(query: Query, heard: Heard) -> Query:
    """The query with what its intent needs."""
    query = replace(query, topic=_topic(query, heard))
    if query.intent == "most":
        return _most(query, heard)
    if query.intent == "extreme":
        topic = {None: "near_miss", "order": "delivered"}.get(query.topic, query.topic)
        return replace(query, topic=topic, rank="least" if topic == "near_miss" else "greatest")
    if query.intent in ("when", "incident", "stop", "late", "block"):
        return replace(query, rank=heard.hints("last", "first"))
    if query.intent in ("count", "list", "duration"):
        return _narrowed(query, heard)
    return query


def _topic(query: Query, heard: Heard) -> str | None:
    """The topic that an intent can use."""
    topic = heard.topics[0] if heard.topics else None
    if query.intent in _WITHOUT_TOPIC or (query.intent == "where" and (query.actors or query.orders)):
        return None
    if query.intent == "incident":
        return next((topic for topic in heard.topics if TOPICS[topic].note), None)
    if query.intent == "duration":
        if query.orders:
            return "delivered"
        return "incident" if query.places and topic != "stop" else topic
    return None if query.orders and topic == "order" else topic


def _most(query: Query, heard: Heard) -> Query:
    """Of whom, of which place or of which hour there were most or fewest."""
    by = "place" if heard.place_kind or heard.hints("place") else "actor"
    by = heard.hints("hour") or by
    return replace(
        query,
        by=by,
        rank=heard.hints("fewest") or "most",
        topic=query.topic or ("delivered" if by == "actor" else "near_miss"),
        actor_kind=heard.actor_kind if by == "actor" else None,
        place_kind=heard.place_kind if by == "place" else None,
    )


def _narrowed(query: Query, heard: Heard) -> Query:
    """Only of the kinds that are said."""
    kind = heard.actor_kind
    if query.topic is None and query.intent == "count" and not (query.actors or query.places or query.orders):
        return replace(query, topic="actor", actor_kind=kind)
    # "Robot" is said of all vehicles; AMR, forklift and worker are meant as they are said.
    is_meant = kind in ("forklift", "worker") or (kind == "amr" and "amr" in heard.words)
    if query.topic and "incident_detected" in TOPICS[query.topic].kinds:
        return query  # incidents are of nobody
    both = len(query.actors) > 1 and heard.hints("both") is not None
    query = replace(query, actor_kind=kind if is_meant and not query.actors else None, both=both)
    if query.places:
        return query
    return replace(query, place_kind=next(filter(partial(_is_inside, heard.words), _FLOOR), None))


def _is_inside(words: str, kind: str) -> bool:
    """Whether 'in the aisles' is said of a kind of places."""
    nouns = pattern("nouns", kind)
    return re.search(rf"(?:in|on|at) (?:the |any |all )?(?:{nouns})|(?:{nouns})[里内上中]", words) is not None
