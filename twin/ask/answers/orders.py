"""Orders: what became of one, how many an hour."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..answer import Answer
from ..query import Query, Window
from .context import Context


def order_row(context: Context, name: str) -> dict[str, Any]:
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
        row = order_row(context, name)
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
