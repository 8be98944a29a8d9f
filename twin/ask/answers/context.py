"""What an answer is made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..answer import Answer, cite
from ..facts import Fact, Source
from ..query import Query
from ..say import Say


@dataclass(frozen=True)
class Context:
    """A query, the journal to answer it from, the language, and another journal if there is one."""

    source: Source
    query: Query
    say: Say
    other: Source | None = None

    @property
    def moment(self) -> float:
        """When a question about how things are is asked: now, or the time in the question."""
        since, until = self.query.window
        if since is not None and until is not None and until - since == 60.0:
            return min(since, self.source.now)
        return min(self.source.now if until is None else until, self.source.now)

    def answer(self, text: str, figures: dict[str, Any], cited: Iterable[Fact | None] = ()) -> Answer:
        """An answer that jumps to the last event that it cites."""
        events = cite(cited)
        return Answer(text, figures, events, events[-1].time if events else None)

    def nothing(self) -> Answer:
        """There was none."""
        text = self.say("none", what=self.say.noun(self.query, 0), scope=self.say.scope(self.query))
        return self.answer(text, {"count": 0})
