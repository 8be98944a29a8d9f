"""`gaitway twin ask`: questions about a run in plain words."""

from __future__ import annotations

import json as json_module
import sys
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
        llm: URL of an OpenAI-compatible API whose model reads the question; it never writes the answer. Its
            key is taken from GAITWAY_LLM_KEY.
        llm_model: the model's name there.
        json: print the answer as JSON.
    """

    folder: Positional[Path]
    question: Positional[str]
    against: Path | None = None
    at: float | None = None
    llm: str | None = None
    llm_model: str = "default"
    json: bool = False

    def run(self) -> None:
        """Read, answer, print."""
        from ...twin.ask.ask import ask
        from ...twin.ask.llm import Endpoint
        from ...twin.ask.times import clock_text
        from ...twin.journal.reading import Reading

        if self.at is not None and not 0 <= self.at < float("inf"):
            raise ValueError(f"--at {self.at:g}: must be 0 or more.")
        reader = Endpoint(self.llm, self.llm_model) if self.llm else None
        reading = Reading(self.folder / "journal.sqlite")
        other = Reading(self.against / "journal.sqlite") if self.against else None
        answer = ask(reading, self.question, self.at, other=other, reader=reader)
        if reader is not None and reader.refused:
            print(f"gaitway twin ask: read by rules: {reader.refused}", file=sys.stderr)
        if self.json:
            print(json_module.dumps(answer.as_dict(), ensure_ascii=False))
            return
        print(answer.text)
        if answer.events:
            print(f"Events: {', '.join(str(event.id) for event in answer.events)}.")
        if answer.jump is not None:
            print(f"Look at {clock_text(reading, answer.jump)} (--at {answer.jump:.1f}).")
