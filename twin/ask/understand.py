"""Words to a query, by rules."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace

from .facts import Source
from .query import PLACE_KINDS, Query
from .times import Times, plain
from .topics import TOPICS
from .words import is_said, said

_TYPOS = (
    "aisle", "aisles", "robot", "robots", "forklift", "forklifts", "battery", "batteries", "throughput",
    "incident", "incidents", "compare", "status", "camera", "cameras", "delivered", "vehicle", "vehicles",
    "blocked", "which",
)  # fmt: skip
"""Words that are put right if one is nearly written, unless it is one of `_RIGHT`."""
_RIGHT = ("amount", "stated", "states", "while", "closed", "order", "orders", "robust")


@dataclass(frozen=True)
class Understood:
    """What a question means, or a name in it that the journal does not have."""

    query: Query | None
    unknown: tuple[str, str | None] | None = None


def understand(question: str, source: Source) -> Understood:
    """Read a question; its query is None if no rule knows what is asked."""
    text = plain(_spelled(question.lower()))
    found = source.names.find(text)
    windows, rest = Times(source.reading, source.now).find(found.rest)
    if found.unknown:
        return Understood(None, found.unknown)
    intents, topics = said("intents", rest), said("topics", rest)
    slots = Query(
        "list",
        None,
        tuple(found.actors),
        tuple(found.places),
        tuple(found.orders),
        windows,
        incident=found.incident,
        other_run=is_said("hints", "other_run", rest),
    )
    intent = _intent(intents, topics, slots)
    if intent is None:
        return Understood(None)
    return Understood(_fill(replace(slots, intent=intent), topics, rest))


def _spelled(text: str) -> str:
    """Put right what is nearly a word that matters."""

    def right(match: re.Match[str]) -> str:
        word = match[0]
        if word in _TYPOS or word in _RIGHT:
            return word
        near = difflib.get_close_matches(word, _TYPOS, n=1, cutoff=0.8)
        return near[0] if near else word

    return re.sub(r"(?<![a-z_])[a-z]{4,12}(?![a-z_\d])", right, text)


def _intent(intents: list[str], topics: list[str], slots: Query) -> str | None:
    """The one that decides, given what is named; None if nothing is asked that is known."""
    things = len(slots.actors) == 2 or len(slots.places) == 2
    if slots.other_run or len(slots.windows) == 2 or (things and {"compare", "most"} & set(intents)):
        return "compare"
    named = slots.actors or slots.places or slots.orders or slots.incident is not None
    for intent in intents:
        if intent == "health" and named:
            continue
        if intent == "compare" and not things:
            continue
        if intent == "block" and not slots.places:
            continue
        if intent == "list" and not (topics or named or slots.windows):
            continue
        if intent in ("count", "when", "duration", "extreme", "most") and not (
            topics or named or intent == "count"
        ):
            continue
        if intent == "status" and not named:
            continue
        if intent == "when" and "where" in intents:
            return "where"
        return intent
    if slots.actors or slots.orders:
        return "list" if topics else "status"
    if topics or slots.places or slots.incident is not None:
        return "list"
    return None


def _fill(query: Query, topics: list[str], rest: str) -> Query:
    """Set topic, kinds and rank."""
    topic = _topic(query, topics)
    kinds = said("nouns", rest)
    movers = ("amr", "forklift", "worker", "camera", "station")
    actor_kind = next((kind for kind in kinds if kind in movers), None)
    place_kind = next((kind for kind in kinds if kind in PLACE_KINDS), None)
    query = replace(query, topic=topic)
    if query.intent == "most":
        by = "place" if place_kind or is_said("hints", "place", rest) else "actor"
        by = "hour" if is_said("hints", "hour", rest) else by
        rank = "fewest" if is_said("hints", "fewest", rest) else "most"
        return replace(
            query,
            by=by,
            rank=rank,
            topic=topic or ("delivered" if by == "actor" else "near_miss"),
            actor_kind=actor_kind if by == "actor" else None,
            place_kind=place_kind if by == "place" else None,
        )
    if query.intent == "extreme":
        topic = topic or "near_miss"
        return replace(query, topic=topic, rank="least" if topic == "near_miss" else "greatest")
    if query.intent in ("when", "incident", "stop", "late", "block"):
        ranks = [rank for rank in ("last", "first") if is_said("hints", rank, rest)]
        return replace(query, rank=ranks[0] if ranks else None)
    if query.intent in ("count", "list", "duration") and not query.actors:
        if topic is None and query.intent == "count":
            return replace(query, topic="actor" if actor_kind else None, actor_kind=actor_kind)
        # "Robot" is said of all vehicles; AMR, forklift and worker are meant as they are said.
        narrow = actor_kind in ("forklift", "worker") or (actor_kind == "amr" and "amr" in rest)
        return replace(query, actor_kind=actor_kind if narrow else None)
    return query


def _topic(query: Query, topics: list[str]) -> str | None:
    """The topic that an intent can use."""
    if query.intent in ("health", "throughput", "battery", "status", "late", "stop", "block"):
        return None
    if query.intent == "incident":
        return next((topic for topic in topics if TOPICS[topic].note), None)
    if query.intent == "where" and (query.actors or query.orders):
        return None
    if query.intent == "compare" and topics[:1] in (["order"], ["incident"]) and len(topics) == 1:
        return topics[0]
    if query.intent == "duration" and query.places and topics[:1] != ["stop"]:
        return "incident"
    if query.orders and topics[:1] == ["order"]:
        return None
    return topics[0] if topics else None
