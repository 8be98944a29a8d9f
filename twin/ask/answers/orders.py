"""Orders: where one is, why they are late, how many an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..answer import Answer
from ..facts import Fact
from ..query import Query, Window
from ..spans import Span, spans
from .context import Context


def _row(context: Context, name: str) -> dict[str, Any]:
    """An order as it was at the moment that is asked about: what came later is not known yet."""
    row = dict(context.source.rows("SELECT * FROM orders WHERE id = ?", (name,))[0])
    for key in ("picked", "delivered"):
        if row[key] is not None and row[key] > context.moment:
            row[key] = None
    if row["delivered"] is None and row["state"] == "delivered":
        row["state"] = "assigned" if row["picked"] is None else "picked"
    return row


def status(context: Context) -> Answer:
    """What became of orders so far."""
    say, texts, figures, cited = context.say, [], {}, []
    for name in context.query.orders:
        row = _row(context, name)
        said = {"origin": row["source"], "state": say.state(row["state"])}
        text = say("order", name=name, **{**row, **said})
        text += say("with", actor=row["actor"]) if row["actor"] else ""
        passed = [key for key in ("picked", "delivered") if row[key] is not None]
        text += "".join(say(key, **{key: row[key]}) for key in passed)
        late = (context.moment if row["delivered"] is None else row["delivered"]) - row["due"]
        text += say("late by", late=late) if late > 0 and row["state"] != "cancelled" else ""
        texts.append(text + say("end"))
        found = {key: row[key] for key in ("created", "due", "picked", "delivered", "state", "actor")}
        figures |= found if len(context.query.orders) == 1 else {f"{name} {k}": v for k, v in found.items()}
        cited += context.source.facts(Query("list", orders=(name,)), Window(None, context.moment + 1e-6))[-1:]
    return context.answer(" ".join(texts), figures, cited)


def late(context: Context) -> Answer:
    """Why an order is late, or why so many are."""
    if context.query.orders:
        return _one_late(context, context.query.orders[0])
    say, query, source = context.say, replace(context.query, topic="late"), context.source
    facts = source.facts(query)
    if not facts:
        return replace(context, query=query).nothing()
    worst = max(facts, key=lambda fact: fact.value or 0.0)
    stops: dict[int, Span] = {}
    for fact in facts:
        for span in _stops(context, _row(context, fact.order or "")):
            stops[span.start.event or 0] = span
    figures: dict[str, Any] = {"count": len(facts), "name": worst.order, "worst": worst.value}
    text = say("late orders", scope=say.scope(query), **figures)
    figures |= {"stops": len(stops), "stood": sum(span.seconds for span in stops.values())}
    if stops:
        text += _stood(context, "their stops", list(stops.values()), figures)
    return context.answer(text, figures, [*(span.start for span in stops.values()), *facts])


def _one_late(context: Context, name: str) -> Answer:
    """Where the time of an order went."""
    say, row = context.say, _row(context, name)
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
    stops = _stops(context, row)
    figures |= {"stops": len(stops), "stood": sum(span.seconds for span in stops)}
    if stops:
        text += _stood(context, "stood in all", stops, figures | {"actor": row["actor"]})
    return context.answer(text, figures, [*facts, *(span.start for span in stops)])


def _stops(context: Context, row: dict[str, Any]) -> list[Span]:
    """Stops of an order's vehicle from when it took the order until the order was done."""
    if not row["actor"]:
        return []
    order = Query("list", orders=(row["id"],))
    taken = [fact.time for fact in context.source.facts(order) if fact.kind == "order_assigned"]
    window = Window(taken[-1] if taken else row["created"], row["delivered"])
    query = Query("list", "stop", actors=(row["actor"],))
    return spans(context.source, context.source.facts(query, window))


def _stood(context: Context, key: str, stops: Sequence[Span], figures: dict[str, Any]) -> str:
    facts: list[Fact] = [span.start for span in stops]
    return context.say(key, reasons=context.say.reasons(facts), **figures)


def throughput(context: Context) -> Answer:
    """Orders delivered, and how many an hour that is."""
    say, query = context.say, replace(context.query, topic="delivered")
    facts = context.source.facts(query)
    if not facts:
        return context.answer(say("no throughput", scope=say.scope(query)), {"count": 0, "per_hour": 0.0})
    since, until = context.source.bounds(query.window)
    figures = {
        "count": len(facts),
        "per_hour": len(facts) * 3600.0 / (until - since),
        "mean": sum(fact.value or 0.0 for fact in facts) / len(facts),
    }
    return context.answer(say("throughput", scope=say.scope(query), **figures), figures, facts)
