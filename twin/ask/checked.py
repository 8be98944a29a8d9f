"""A query from JSON that somebody else wrote: whole and known to the journal, or refused."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

from .facts import Source
from .query import ACTOR_KINDS, INTENTS, PLACE_KINDS, Query, Window
from .topics import TOPICS

_RANKS = {
    "most": ("most", "fewest", None),
    "extreme": ("least", "greatest", None),
    "when": ("first", "last", None),
    "incident": ("first", "last", None),
    "stop": ("first", "last", None),
    "late": ("first", "last", None),
    "block": ("first", "last", None),
}
_MOST_NAMES = 20


def checked_query(document: object, source: Source) -> Query:
    """A query with the fields of `document`.

    Raises:
        ValueError: a field is not known, of the wrong kind, names what the journal does not have, or makes no
            sense with the others.
    """
    if not isinstance(document, Mapping):
        raise ValueError("The query is no JSON object.")
    known = {field.name for field in fields(Query)}
    for key in document:
        if key not in known:
            raise ValueError(f"The query has a field that is not known: {str(key)[:24]!r}.")
    names = source.names
    query = Query(
        intent=_one_of(document, "intent", INTENTS, needed=True) or "",
        topic=_one_of(document, "topic", TOPICS),
        actors=_names(document, "actors", names.actors),
        places=_names(document, "places", names.places),
        orders=_names(document, "orders", names.orders),
        windows=_windows(document),
        actor_kind=_one_of(document, "actor_kind", ACTOR_KINDS),
        place_kind=_one_of(document, "place_kind", PLACE_KINDS),
        by=_one_of(document, "by", ("place", "actor", "hour")),
        rank=_one_of(document, "rank", ("most", "fewest", "first", "last", "least", "greatest")),
        incident=_incident(document, source),
        other_run=_flag(document, "other_run"),
        both=_flag(document, "both"),
    )
    _check_together(query)
    return query


def _one_of(
    document: Mapping[str, Any], key: str, known: Collection[str], needed: bool = False
) -> str | None:
    value = document.get(key)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"The query's {key} is none of those that are known.")
    return value


def _names(document: Mapping[str, Any], key: str, known: Collection[str]) -> tuple[str, ...]:
    value = document.get(key) or []
    if not isinstance(value, list) or len(value) > _MOST_NAMES:
        raise ValueError(f"The query's {key} is no list of up to {_MOST_NAMES} names.")
    if not all(isinstance(name, str) and name in known for name in value):
        raise ValueError(f"The query's {key} has a name that this run does not have.")
    return tuple(dict.fromkeys(value))


def _windows(document: Mapping[str, Any]) -> tuple[Window, ...]:
    value = document.get("windows") or []
    if not isinstance(value, list) or len(value) > 2:
        raise ValueError("The query's windows are no list of one or two.")
    windows = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_moment, pair)):
            raise ValueError("A window of the query is no pair of seconds or nulls.")
        since, until = (None if moment is None else float(moment) for moment in pair)
        if since is not None and until is not None and since >= until:
            raise ValueError("A window of the query ends before it begins.")
        windows.append(Window(since, until))
    return tuple(windows)


def _is_moment(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _incident(document: Mapping[str, Any], source: Source) -> int | None:
    value = document.get("incident")
    if value is None:
        return None
    if type(value) is not int or not 0 < value < 2**63 or source.incident(value) is None:
        raise ValueError("The query's incident is the id of no incident of this run.")
    return value


def _flag(document: Mapping[str, Any], key: str) -> bool:
    value = document.get(key, False)
    if type(value) is not bool:
        raise ValueError(f"The query's {key} is neither true nor false.")
    return value


def _check_together(query: Query) -> None:
    """Refuse fields that make no sense together."""
    intent = query.intent
    two = max(len(query.actors), len(query.places), len(query.windows)) > 1 or query.other_run
    wrong = {
        "a rank that its intent has not": query.rank not in _RANKS.get(intent, (None,)),
        "no 'by'": (intent == "most") != (query.by is not None),
        "nobody that it is about": intent == "status" and not (query.actors or query.orders or query.places),
        "no place": intent == "block" and not query.places,
        "not two things to compare": intent == "compare" and not two,
        "two windows": intent != "compare" and len(query.windows) > 1,
        "no topic": intent in ("extreme", "duration", "most", "when") and query.topic is None,
        "a kind of actors without a topic of theirs": query.topic == "actor" and not query.actor_kind,
        "nothing to rank by": intent == "extreme" and (query.rank == "least") != (query.topic == "near_miss"),
    }
    for what, is_wrong in wrong.items():
        if is_wrong:
            raise ValueError(f"The query of intent {intent!r} has {what}.")
