"""Why orders are late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..answer import Answer
from ..facts import Fact
from ..query import Query, Window
from ..spans import Span, spans
from .context import Context
from .orders import order_row


def late(context: Context) -> Answer:
    """Why an order is late, or why so many are."""
    if context.query.orders:
        return _one(context, context.query.orders[0])
    say, query, source = context.say, replace(context.query, topic="late"), context.source
    facts = source.facts(query)
    if not facts:
        return replace(context, query=query).nothing()
    worst = max(facts, key=lambda fact: fact.value or 0.0)
    stops = _stops(context, [fact.order or "" for fact in facts])
    figures: dict[str, Any] = {"count": len(facts), "name": worst.order, "worst": worst.value}
    text = say("late orders", scope=say.scope(query), **figures)
    figures |= {"stops": len(stops), "stood": sum(span.seconds for span in stops)}
    text += _stood(context, "their stops", stops, figures) if stops else ""
    return context.answer(text, figures, [*(span.start for span in stops), *facts])


def _one(context: Context, name: str) -> Answer:
    """Where the time of an order went."""
    say, row = context.say, order_row(context, name)
    end = context.moment if row["delivered"] is None else row["delivered"]
    figures: dict[str, Any] = {"due": row["due"], "late": end - row["due"]}
    if figures["late"] <= 0:
        return context.answer(say("on time", name=name, due=row["due"]), {"due": row["due"], "late": 0.0})
    text = say("late", name=name, **figures)
    facts = context.source.facts(Query("list", orders=(name,)), Window(None, context.moment + 1e-6))
    taken = [fact for fact in facts if fact.kind == "order_assigned"]
    figures["waited"] = (taken[0].time if taken else end) - row["created"]
    text += say("waited", waited=figures["waited"]) if taken else say("never taken")
    if taken and row["picked"] is not None:
        figures["to_pick"] = row["picked"] - taken[-1].time
        figures["to_goal"] = end - row["picked"]
        text += say("to load", actor=row["actor"], to_pick=figures["to_pick"])
        text += say("to goal", to_goal=figures["to_goal"])
    returned = [fact for fact in facts if fact.kind == "order_returned"]
    if returned:
        figures["returned"] = len(returned)
        text += say("given back", returned=len(returned))
    stops = _stops(context, [name])
    figures |= {"stops": len(stops), "stood": sum(span.seconds for span in stops)}
    if stops:
        text += _stood(context, "stood in all", stops, figures | {"actor": row["actor"]})
    return context.answer(text, figures, [*facts, *(span.start for span in stops)])


def _stops(context: Context, orders: Sequence[str]) -> list[Span]:
    """Stops of the orders' vehicles, from when they took an order last until it was done."""
    source = context.source
    taken = {fact.order or "": fact.time for fact in source.events("order_assigned")}
    stops: dict[str | None, list[Fact]] = {}
    for fact in source.facts(Query("list", "stop"), Window()):
        stops.setdefault(fact.actor, []).append(fact)
    found: dict[int | None, Fact] = {}
    for row in (order_row(context, name) for name in orders):
        created: float = row["created"]
        since = taken.get(row["id"], created)
        until = context.moment if row["delivered"] is None else row["delivered"]
        for fact in stops.get(row["actor"], []):
            if since <= fact.time < until:
                found[fact.event] = fact
    return spans(source, sorted(found.values(), key=lambda fact: fact.time))


def _stood(context: Context, key: str, stops: Sequence[Span], figures: dict[str, Any]) -> str:
    said = {"reasons": context.say.reasons([span.start for span in stops])}
    said["stops"] = context.say.counted("stop", len(stops))
    return context.say(key, **{**figures, **said})
