"""Where somebody is and what it does, why it stopped, batteries."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ..answer import Answer
from ..facts import IDLE, Fact
from ..query import Query, Window
from ..spans import spans
from .context import Context
from .events import most
from .orders import status as order_status


def status(context: Context) -> Answer:
    """What vehicles, people, cameras, docks and orders do at a moment."""
    if context.query.orders:
        return order_status(context)
    if not context.query.actors:
        return last_of_places(context)
    texts, figures, cited = [], {}, []
    for name in context.query.actors:
        text, found, fact = _one(context, name)
        texts.append(text)
        figures |= found if len(context.query.actors) == 1 else {f"{name} {k}": v for k, v in found.items()}
        cited.append(fact)
    return context.answer((" " if context.say.language == "en" else "").join(texts), figures, cited)


def where(context: Context) -> Answer:
    """Where somebody is, or where something happened most."""
    query = context.query
    if query.actors or query.orders:
        return status(context)
    return most(replace(context, query=replace(query, by="place", rank="most")))


def last_of_places(context: Context) -> Answer:
    """The last that happened at places that are asked about."""
    say, query = context.say, context.query
    facts = context.source.facts(query, Window(None, context.moment))
    if not facts:
        return context.nothing()
    line = say.fact(facts[-1], named=True)
    text = say("when", rank=say("last"), what=say.noun(query, 1), scope=say.scope(query), line=line)
    return context.answer(text, {"time": facts[-1].time, "count": len(facts)}, facts[-1:])


def _one(context: Context, name: str) -> tuple[str, dict[str, float | str | None], Fact | None]:
    """Sentence, figures and last event of one actor."""
    say, source = context.say, context.source
    text, figures = "", {}
    for sample in source.last_samples(context.moment, name):
        place = source.floor.at(sample["x"], sample["y"])
        text = say(
            "position",
            name=name,
            x=sample["x"],
            y=sample["y"],
            time=sample["time"],
            place=say("in place", place=place) if place else "",
        )
        text += say("speed", speed=sample["speed"])
        text += say("on task", task=sample["task"]) if sample["task"] not in IDLE else say("no task")
        figures = {key: sample[key] for key in ("time", "x", "y", "speed")}
        figures |= {"place": place, "task": sample["task"]}
        if sample["battery"] is not None:
            text += say("with battery", battery=sample["battery"])
            figures["battery"] = sample["battery"]
        text += say("end")
    facts = source.facts(Query("list", actors=(name,)), Window(None, context.moment + 1e-6))
    last = facts[-1] if facts else None
    if last is not None:
        text += say("last event", line=say.fact(last, named=True))
        figures["last"] = last.kind
    if not text:
        return say("no trace", name=name, time=context.moment), {"time": context.moment}, None
    return text.strip(), figures, last


def stop(context: Context) -> Answer:
    """Why a vehicle stopped last; of all vehicles, how often for which reason."""
    say, query, source = context.say, replace(context.query, topic="stop"), context.source
    facts = source.facts(query)
    if not facts:
        if len(query.actors) == 1:
            text = say("never stopped", name=query.actors[0], scope=say.scope(replace(query, actors=())))
            return context.answer(text, {"count": 0})
        return replace(context, query=query).nothing()
    if len(query.actors) != 1:
        return _reasons(context, query, facts)
    fact = facts[0] if query.rank == "first" else facts[-1]
    [span] = spans(source, [fact])
    place = say("scope in", names=fact.place) if fact.place else ""
    reason = say.note(fact.note) or say("no reason")
    text = say("stopped", name=query.actors[0], time=fact.time, place=place, reason=reason)
    text += say("stood", stood=span.seconds) if span.end else say("stands", stood=span.seconds)
    text += say("stops", stops=say.counted("stop", len(facts)))
    incident = source.incident(fact.incident)
    if incident is not None:
        text += " " + say.incident(incident, source.followed(incident))
    figures = {"time": fact.time, "stood": span.seconds, "count": len(facts), "reason": fact.note}
    return context.answer(text, figures, [incident, span.end, fact])


def _reasons(context: Context, query: Query, facts: list[Fact]) -> Answer:
    say = context.say
    text = say("reasons", count=len(facts), scope=say.scope(query), lines=say.reasons(facts))
    figures = {"count": len(facts)} | Counter(fact.note for fact in facts)
    return context.answer(text, figures, facts)


def battery(context: Context) -> Answer:
    """How full batteries are, and who charges."""
    say, query, source = context.say, context.query, context.source
    samples = [
        row
        for row in source.last_samples(context.moment)
        if row["battery"] is not None
        and (not query.actors or row["actor"] in query.actors)
        and query.actor_kind in (None, source.names.actors.get(row["actor"]))
    ]
    charging = _charging(context)
    if not samples:
        return context.answer(say("no battery", scope=say.scope(query)), {}, charging)
    lowest = min(samples, key=lambda row: row["battery"])
    if len(samples) == 1:
        text = say("battery", name=lowest["actor"], battery=lowest["battery"], time=lowest["time"])
        figures = {"battery": lowest["battery"]}
    else:
        figures = {
            "count": len(samples),
            "mean": sum(row["battery"] for row in samples) / len(samples),
            "lowest": lowest["battery"],
        }
        text = say("batteries", name=lowest["actor"], time=context.moment, **figures)
        figures["name"] = lowest["actor"]
    figures["charging"] = len(charging)
    names = say.join([fact.actor or "" for fact in charging])
    if names or len(samples) > 1:
        text += say("charging", names=names) if names else say("nobody charges")
    return context.answer(text, figures, charging)


def _charging(context: Context) -> list[Fact]:
    """Who is at a charger now."""
    query = replace(context.query, topic="charging")
    facts = context.source.facts(query, Window(None, context.moment + 1e-6))
    return [
        span.start
        for span in spans(context.source, facts)
        if span.end is None or span.end.time > context.moment
    ]
