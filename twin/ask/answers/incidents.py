"""What blocks a place, and how fast incidents were dealt with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from ..answer import Answer
from ..facts import Fact
from ..spans import spans
from .context import Context

_STEPS = {"map": "map_updated", "routes": "routes_accepted"}
_LARGE = ("near_miss",)
"""Incidents that take no floor."""


def block(context: Context) -> Answer:
    """What takes the floor of a place now; if nothing does, what did last."""
    say, source = context.say, context.source
    query = replace(context.query, topic="incident")
    facts = [fact for fact in source.facts(query) if fact.note not in _LARGE]
    for topic in ("dock_closed", "lane_closed"):
        facts += source.facts(replace(query, topic=topic))
    facts.sort(key=lambda fact: fact.time)
    lasting = [span.start for span in spans(source, facts) if span.end is None]
    name = say.join(query.places) if query.places else ""
    if not facts:
        return context.answer(say("not blocked", name=name), {"count": 0})
    shown = lasting or facts[-1:]
    followed = [source.followed(fact) for fact in shown]
    text = "" if lasting else say("no longer blocked", name=name)
    text += " ".join(map(say.incident, shown, followed))
    figures = {"count": len(lasting), "time": shown[-1].time, "reason": shown[-1].note}
    return context.answer(text, figures, [*(fact for steps in followed for fact in steps.values()), *shown])


def timing(context: Context) -> Answer:
    """From the truth to detected, to the map, to new ways: of one incident, or the mean and worst of all."""
    say, source = context.say, context.source
    query = replace(context.query, topic=context.query.topic or "incident")
    facts = [fact for fact in source.facts(query) if fact.kind == "incident_detected"]
    if not facts:
        return replace(context, query=query).nothing()
    if query.rank:
        facts = facts[:1] if query.rank == "first" else facts[-1:]
    followed = [source.followed(fact) for fact in facts]
    cited = [*(fact for steps in followed for fact in steps.values()), *facts]
    figures: dict[str, float | int | None] = {"count": len(facts), "time": facts[-1].time}
    for key in ("detected", *_STEPS):
        values = [value for value in map(partial(_seconds, key), facts, followed) if value is not None]
        figures[key] = sum(values) / len(values) if values else None
        figures[f"{key}_worst"] = max(values, default=None)
    figures["measured"] = sum(fact.value is not None for fact in facts)
    if len(facts) == 1:
        return context.answer(say.incident(facts[0], followed[0]), figures, cited)
    what = say.noun(query, len(facts))
    return context.answer(say("incidents", what=what, scope=say.scope(query), **figures), figures, cited)


def _seconds(key: str, fact: Fact, followed: Mapping[str, Fact]) -> float | None:
    """s until a step was done; None if it was not, or was not measured."""
    step = fact if key == "detected" else followed.get(_STEPS[key])
    return step.value if step else None
