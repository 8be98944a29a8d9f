"""Sentences of answers, English and Chinese. Their numbers are values put in, and no others."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..journal.reading import Reading
from .facts import Fact
from .phrases import EVENT_NAMES, INCIDENT_NAMES, STATE_NAMES, TEXTS
from .query import Query, Window
from .times import clock_text
from .topics import ACTOR_NOUNS, ANYTHING, TOPICS

MOST_LISTED: Final = 5


class Say(string.Formatter):
    """Puts values into sentences of one language.

    A field's format is one of: clock (s since the start as a time of day), span (s), share (of 1, as %),
    or Python's own. None is said to be unknown.

    Args:
        reading: whose clock is told.
        language: 'en' or 'zh'.
    """

    def __init__(self, reading: Reading, language: str) -> None:
        self._reading = reading
        self.language: Final = language
        self._column = 1 if language == "zh" else 0

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence `key` of `TEXTS`."""
        return self.vformat(TEXTS[key][self._column], (), values)

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value in words."""
        if value is None:
            return TEXTS["unknown"][self._column]
        if format_spec == "clock":
            return clock_text(self._reading, value)
        if format_spec == "span":
            return self._span(value)
        if format_spec == "share":
            return f"{100 * value:.0f} %"
        return format(value, format_spec)

    def _span(self, seconds: float) -> str:
        if 0 < seconds < 0.01:
            return f"{1000 * seconds:.2g} " + ("毫秒" if self._column else "ms")
        if seconds < 120:
            return f"{seconds:.3g} " + ("秒" if self._column else "s")
        return f"{seconds / 60:.1f} " + ("分钟" if self._column else "min")

    def noun(self, query: Query, count: int) -> str:
        """What was counted: 'near misses'."""
        if query.topic == "actor":
            one, many, chinese = ACTOR_NOUNS[query.actor_kind or "amr"]
        else:
            topic = TOPICS.get(query.topic or "", ANYTHING)
            one, many, chinese = topic.one, topic.many, topic.chinese
        return chinese if self._column else one if count == 1 else many

    def counted(self, topic: str, count: int) -> str:
        """'3 stops'."""
        return self("one figure", count=count, what=self.noun(Query("count", topic), count))

    def join(self, parts: Sequence[str]) -> str:
        """a, b and c."""
        if self._column:
            return "、".join(parts)
        return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))

    def scope(self, query: Query, window: Window | None = None) -> str:
        """Of whom, where and when: the slots that are set, with a space before."""
        window = query.window if window is None else window
        parts = []
        if query.actors or query.orders:
            parts.append(self("scope of", names=self.join([*query.actors, *query.orders])))
        if query.actor_kind and query.topic != "actor":
            parts.append(self("scope of", names=ACTOR_NOUNS[query.actor_kind][2 if self._column else 1]))
        if query.places:
            parts.append(self("scope in", names=self.join(query.places)))
        if window != Window():
            parts.append(self.window(window))
        return "".join(parts)

    def window(self, window: Window) -> str:
        """' since 10:00:00', or nothing for all of the run."""
        since, until = window
        if since is not None and until is not None:
            return self("from until", since=since, until=until)
        if since is not None:
            return self("since", since=since)
        return self("until", until=until) if until is not None else ""

    def state(self, state: str) -> str:
        """Of an order."""
        return STATE_NAMES[state][self._column] if state in STATE_NAMES else state

    def kind(self, kind: str) -> str:
        """Of an event."""
        return EVENT_NAMES[kind][self._column] if kind in EVENT_NAMES else kind

    def note(self, note: str) -> str:
        """A reason: incidents in words, anything else as it was written."""
        return INCIDENT_NAMES[note][self._column] if note in INCIDENT_NAMES else note

    def reasons(self, facts: Sequence[Fact]) -> str:
        """Why vehicles stopped: '3 x a spill and 2 x ...', the frequent first."""
        tally = Counter(fact.note for fact in facts).most_common()
        return self.join(
            [self("reason", count=n, reason=self.note(note) or self("no reason")) for note, n in tally]
        )

    def incident(self, fact: Fact, followed: Mapping[str, Fact]) -> str:
        """What was detected where, and what followed when."""
        place = self("scope in", names=fact.place) if fact.place else ""
        kind = self.note(fact.note) or self.kind(fact.kind)
        kind = kind[:1].upper() + kind[1:]
        text = self("incident", kind=kind, place=place, time=fact.time)
        if fact.kind != "incident_detected":
            return text + self("end")
        text += self("detected after", detected=fact.value) if fact.value is not None else ""
        for key, name in (("map", "map_updated"), ("routes", "routes_accepted")):
            if name in followed and followed[name].value is not None:
                text += self(f"{key} after", **{key: followed[name].value})
        cleared = followed.get("incident_cleared")
        text += self("cleared", cleared=cleared.time) if cleared else self("not cleared")
        return text + self("end")

    def fact(self, fact: Fact, unit: str = "", named: bool = False) -> str:
        """One line about something that happened; with its kind if `named`."""
        parts = [clock_text(self._reading, fact.time)]
        if named:
            parts.append(self.kind(fact.kind))
        parts += [name for name in (fact.order, fact.actor, fact.other, fact.place) if name]
        if fact.note:
            parts.append(self.note(fact.note))
        if fact.value is not None and unit:
            parts.append(f"{fact.value:.2f} m" if unit == "m" else self._span(fact.value))
        return " ".join(parts)

    def facts(self, facts: Sequence[Fact], unit: str = "", named: bool = False) -> str:
        """The last lines of a list."""
        return ("；" if self._column else "; ").join(
            self.fact(fact, unit, named) for fact in facts[-MOST_LISTED:]
        )
