"""Two times, places, vehicles or runs beside each other."""

from __future__ import annotations

from dataclasses import replace

from ..answer import Answer
from ..facts import Source
from ..query import Query
from .context import Context

_OVERVIEW = ("delivered", "late", "near_miss", "contact", "stop", "incident")
_OF_PLACES = ("near_miss", "contact", "stop", "incident")
_OF_VEHICLES = ("delivered", "near_miss", "contact", "stop")


def compare(context: Context) -> Answer:
    """The same figures of both."""
    say, query = context.say, context.query
    sides = _sides(context)
    if not sides:
        return context.answer(say("no other run" if query.other_run else "nothing to compare"), {})
    topics = (query.topic,) if query.topic else _OVERVIEW
    if not query.topic and len(query.places) > 1:
        topics = _OF_PLACES
    if not query.topic and len(query.actors) > 1:
        topics = _OF_VEHICLES
    parts, figures, cited = [], {}, []
    for number, (label, source, one) in enumerate(sides, 1):
        key = label if label in (*one.places, *one.actors) else f"side {number}"
        said = []
        for topic in topics:
            facts = source.facts(replace(one, topic=topic))
            figures[f"{key} {topic}"] = len(facts)
            said.append(say.counted(topic, len(facts)))
            cited += facts if source is context.source else []
        if "delivered" in topics and (query.other_run or len(query.windows) > 1):
            since, until = source.bounds(one.window)
            rate = figures[f"{key} delivered"] * 3600.0 / (until - since) if until > since else 0.0
            figures[f"{key} per_hour"] = rate
            said.append(say("rate", per_hour=rate))
        parts.append(say("compared", label=label, figures=say.join(said)))
    separator = "；" if say.language == "zh" else "; "
    return context.answer(say("compare", parts=separator.join(parts)), figures, cited)


def _sides(context: Context) -> list[tuple[str, Source, Query]]:
    """(label, journal, query of one side) of the two."""
    query, say = context.query, context.say
    if query.other_run:
        if context.other is None:
            return []
        return [(say("this run"), context.source, query), (say("that run"), context.other, query)]
    if len(query.windows) > 1:
        windows = ((say.window(window).strip(), window) for window in query.windows)
        return [(label, context.source, replace(query, windows=(window,))) for label, window in windows]
    if len(query.places) > 1:
        return [(name, context.source, replace(query, places=(name,))) for name in query.places]
    if len(query.actors) > 1:
        return [(name, context.source, replace(query, actors=(name,))) for name in query.actors]
    return []
