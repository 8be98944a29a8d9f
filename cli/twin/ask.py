"""`gaitway twin ask`: questions about a run in plain words."""

from __future__ import annotations

import json as json_module
from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional


@dataclass
class Ask:
    """Answer a question about a run from its journal, in English or Chinese: "why is order 17 late?".

    Attributes:
        folder: of the run, with journal.sqlite.
        question: in words.
        against: folder of another run, for questions that compare with it.
        at: ask as of this time, s since the start; the end of the journal by default.
        json: print the answer as JSON.
    """

    folder: Positional[Path]
    question: Positional[str]
    against: Path | None = None
    at: float | None = None
    json: bool = False

    def run(self) -> None:
        """Read, answer, print."""
        from ...twin.ask.ask import ask
        from ...twin.journal.reading import Reading

        reading = Reading(self.folder / "journal.sqlite")
        other = Reading(self.against / "journal.sqlite") if self.against else None
        answer = ask(reading, self.question, self.at, other=other)
        if self.json:
            print(json_module.dumps(answer.as_dict(), ensure_ascii=False))
            return
        print(answer.text)
        if answer.events:
            print(f"Events: {', '.join(str(event.id) for event in answer.events)}.")
