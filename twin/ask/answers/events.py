"""How many, which, when, where most, the longest, how long."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ..answer import Answer
from ..facts import Fact
from ..query import Query
from ..say import MOST_LISTED
from ..spans import ENDS, Span, spans
from ..topics import TOPICS
from .context import Context


def _unit(query: Query) -> str:
    return TOPICS[query.topic].unit if query.topic in TOPICS else ""


def count(context: Context) -> Answer:
    """How many there were."""
    facts, query, say = context.source.facts(context.query), context.query, context.say
    text = say("count", count=len(facts), what=say.noun(query, len(facts)), scope=say.scope(query))
    return context.answer(text, {"count": len(facts)}, facts)


def list_all(context: Context) -> Answer:
    """Which there were: the last few of them, and how many are not over."""
    facts, query, say = context.source.facts(context.query), context.query, context.say
    if not facts:
        return context.nothing()
    if query.topic in ("idle", "actor"):
        key, lines = "list", say.join([fact.actor or "" for fact in facts])
    else:
        key = "list" if len(facts) <= MOST_LISTED else "list last"
        lines = say.facts(facts, _unit(query), named=query.topic is None)
    what = say.noun(query, len(facts))
    text = say(key, count=len(facts), what=what, scope=say.scope(query), lines=lines)
    figures = {"count": len(facts)}
    if query.topic is not None and all(fact.kind in ENDS for fact in facts):
        figures["still"] = sum(span.end is None for span in spans(context.source, facts))
        text += say("still", still=figures["still"]) if figures["still"] else ""
    return context.answer(text, figures, facts)


def when(context: Context) -> Answer:
    """The first or last of them."""
    facts, query, say = context.source.facts(context.query), context.query, context.say
    if not facts:
        return context.nothing()
    rank = query.rank or "last"
    fact = facts[0] if rank == "first" else facts[-1]
    line = say.fact(fact, _unit(query), named=query.topic is None)
    text = say("when", rank=say(rank), what=say.noun(query, 1), scope=say.scope(query), line=line)
    return context.answer(text, {"time": fact.time, "count": len(facts)}, [fact])


def most(context: Context) -> Answer:
    """Who, which place or which hour had most or fewest."""
    facts, query, say = context.source.facts(context.query), context.query, context.say
    if not facts:
        return context.nothing()
    tally = _tally(context, facts)
    if not tally:
        return context.answer(say("nowhere"), {"total": len(facts)}, facts)
    rank = query.rank or "most"
    order = sorted(tally, key=lambda name: (tally[name] if rank == "fewest" else -tally[name], name))
    best = [name for name in order if tally[name] == tally[order[0]]]
    figures = {"name": say.join(best[:MOST_LISTED]), "count": tally[best[0]], "total": len(facts)}
    scope = say.scope(replace(query, actor_kind=None))  # the name says it
    text = say(
        rank, what=say.noun(query, 2), scope=scope, each=say("each") if len(best) > 1 else "", **figures
    )
    others = [f"{name} {tally[name]}" for name in order[len(best) : len(best) + 2]]
    figures |= {name: tally[name] for name in order[len(best) : len(best) + 2]}
    text += say("then", others=say.join(others)) if others else ""
    return context.answer(text, figures, [fact for fact in facts if best[0] in _keys(context, fact)])


def _keys(context: Context, fact: Fact) -> list[str]:
    """Under which names a fact counts."""
    query, names = context.query, context.source.names
    if query.by == "hour":
        return [f"{context.source.reading.clock(fact.time):%H}:00"]
    if query.by == "place":
        places = [fact.place] if fact.place else []
        return [name for name in places if query.place_kind in (None, names.places.get(name))]
    kinds = (query.actor_kind,) if query.actor_kind else ("amr", "forklift")
    return [name for name in (fact.actor, fact.other) if name and names.actors.get(name) in kinds]


def _tally(context: Context, facts: list[Fact]) -> Counter[str]:
    tally = Counter(key for fact in facts for key in _keys(context, fact))
    if context.query.rank == "fewest" and context.query.by != "hour":
        known = context.source.names.places if context.query.by == "place" else context.source.names.actors
        kind = context.query.place_kind if context.query.by == "place" else context.query.actor_kind or "amr"
        for name in known:
            if kind is None or known[name] == kind:
                tally.setdefault(name, 0)
    return tally


def extreme(context: Context) -> Answer:
    """The closest near miss; the longest stop, charge or delay."""
    facts, query, say = context.source.facts(context.query), context.query, context.say
    if query.rank == "least":
        near = [fact for fact in facts if fact.value is not None]
        if not near:
            return _not_measured(context, facts, "no distance")
        fact = min(near, key=lambda one: one.value or 0.0)
        value, said = fact.value or 0.0, f"{fact.value:.2f} m"
    else:
        lasted = spans(context.source, facts)
        if not lasted:
            return _not_measured(context, facts, "no length")
        longest = max(lasted, key=lambda span: span.seconds)
        fact, value = replace(longest.start, value=None), longest.seconds
        said = say.format_field(value, "span")
    rank = say(query.rank or "greatest")
    text = say(
        "extreme", rank=rank, what=say.noun(query, 1), scope=say.scope(query), value=said, line=say.fact(fact)
    )
    return context.answer(text, {"value": value, "name": fact.order or fact.actor or fact.place}, [fact])


def _not_measured(context: Context, facts: list[Fact], key: str) -> Answer:
    """Things happened, but not how close or how long: a camera sees no distance, a contact has no length."""
    if not facts:
        return context.nothing()
    said = {"what": context.say.noun(context.query, len(facts)), "scope": context.say.scope(context.query)}
    text = context.say(key, count=len(facts), **said)
    return context.answer(text, {"count": len(facts)}, facts)


def duration(context: Context) -> Answer:
    """How long they took in all."""
    facts, query, say = context.source.facts(context.query), context.query, context.say
    lasted: list[Span] = spans(context.source, facts)
    if not lasted:
        return _not_measured(context, facts, "no length")
    seconds = sum(span.seconds for span in lasted)
    still = sum(span.end is None for span in lasted)
    what = say.noun(query, len(lasted))
    text = say("duration", count=len(lasted), what=what, scope=say.scope(query), seconds=seconds)
    text += say("still", still=still) if still else ""
    figures = {"count": len(lasted), "seconds": seconds, "still": still}
    return context.answer(text, figures, [span.start for span in lasted])
