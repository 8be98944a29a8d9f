"""How do you feel today?"""

from __future__ import annotations

from ..answer import Answer
from ..query import Query
from ..spans import spans
from .context import Context


def health(context: Context) -> Answer:
    """What is broken, open, late and dangerous now, and a word for it.

    Unwell: somebody lies on the floor, something touched something, or a tenth of the vehicles failed.
    Uneasy: anything failed, is open, silent or late.
    """
    source, query, say = context.source, context.query, context.say
    facts = {
        topic: source.facts(Query("list", topic, windows=query.windows))
        for topic in ("contact", "near_miss", "late", "delivered")
    }
    broken, incidents, silent = (
        [span.start for span in spans(source, source.facts(Query("list", topic))) if span.end is None]
        for topic in ("failure", "incident", "camera_silent")
    )
    kinds = source.names.actors.values()
    vehicles = sum(kind in ("amr", "forklift") for kind in kinds)
    since, until = source.bounds(query.window)
    figures = {
        "vehicles": vehicles,
        "working": vehicles - len({fact.actor for fact in broken}),
        "open": len(incidents),
        "contacts": len(facts["contact"]),
        "near_misses": len(facts["near_miss"]),
        "late": len(facts["late"]),
        "silent": len({fact.actor for fact in silent}),
        "delivered": len(facts["delivered"]),
        "per_hour": len(facts["delivered"]) * 3600.0 / (until - since) if until > since else 0.0,
    }
    lying = [fact for fact in incidents if fact.note == "person_down"]
    is_unwell = lying or facts["contact"] or len(broken) * 10 > vehicles
    is_uneasy = broken or incidents or silent or facts["late"]
    mood = "unwell" if is_unwell else "uneasy" if is_uneasy else "well"
    text = say(mood)
    if lying:
        text += say("lies", places=say.join([fact.place or "?" for fact in lying]))
    text += say("healthy", **figures)
    cited = [*lying, *silent, *broken, *facts["contact"], *(one for one in incidents if one not in lying)]
    return context.answer(text, figures, cited)
