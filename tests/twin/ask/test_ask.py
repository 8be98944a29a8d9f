"""Questions in many people's words, answered as plain Python over the same rows would."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gaitway.twin.ask.answer import Answer
from gaitway.twin.ask.ask import ask
from gaitway.twin.journal.reading import Reading

from .ask_reference import Reference
from .ask_shift import Shift, make_shift


def phrasings(name: str) -> list[dict[str, Any]]:
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


PHRASINGS = phrasings("phrasings.jsonl")
LATER = phrasings("phrasings_later.jsonl")
"""Written when the rules for the others were done; their figures are not compared."""


@dataclass
class Runs:
    """A run and a worse one, as rows and as journals."""

    shift: Shift
    worse: Shift
    reading: Reading
    other: Reading

    def ask(self, question: str, now: float | None = None) -> Answer:
        return ask(self.reading, question, now, other=self.other)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("runs")
    shift, worse = make_shift(), make_shift(rerouting=False)
    reading, other = Reading(shift.write(folder / "a.sqlite")), Reading(worse.write(folder / "b.sqlite"))
    yield Runs(shift, worse, reading, other)
    reading.close()
    other.close()


def understood(answer: Answer) -> dict[str, Any]:
    return {
        key: value for key, value in json.loads(json.dumps(answer.understood)).items() if key != "read_by"
    }


def is_right(runs: Runs, phrasing: dict[str, Any]) -> bool:
    """The query as labelled, and every figure that the rows give."""
    answer = runs.ask(phrasing["text"])
    expected = Reference(runs.shift, runs.worse).figures(phrasing["query"])
    return understood(answer) == phrasing["query"] and all(
        answer.figures.get(key) == (pytest.approx(value) if isinstance(value, float) else value)
        for key, value in expected.items()
    )


@pytest.mark.parametrize("held_back", [False, True])
def test_nine_of_ten_phrasings_are_answered_right(runs: Runs, held_back: bool) -> None:
    asked = [phrasing for phrasing in PHRASINGS if phrasing["held_back"] == held_back]
    wrong = [phrasing["text"] for phrasing in asked if not is_right(runs, phrasing)]
    assert len(wrong) <= 0.1 * len(asked), wrong


def test_nine_of_ten_later_phrasings_are_understood(runs: Runs) -> None:
    wrong = [one["text"] for one in LATER if understood(runs.ask(one["text"])) != one["query"]]
    assert len(wrong) <= 0.1 * len(LATER), wrong


def numbers(text: str) -> set[float]:
    return {float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)}


def told(value: float) -> set[float]:
    """All ways to tell a value: rounded, as %, s or min, as a time of day."""
    clock = int(value + 0.5)
    ways = {value, round(value), round(value, 1), round(value, 2), round(value / 60, 1), round(100 * value)}
    ways |= {abs(float(f"{value:.3g}")), 9 + clock // 3600, clock // 60 % 60, clock % 60}
    return {float(way) for way in ways}


def allowed(runs: Runs, answer: Answer, question: str) -> set[float]:
    """Numbers of the question and of its windows, of the figures, and of rows that are cited."""
    ids = {event.id for event in answer.events}
    events = [row for row in runs.shift.events if row["id"] in ids]
    about = {row.get("order") for row in events}
    orders = [row for row in Reference(runs.shift).orders("order") if row["id"] in about]
    given = numbers(question)
    for row in [*events, *orders, answer.figures, {"windows": answer.understood.get("windows", ())}]:
        for value in [*row.values(), *(moment for window in row.get("windows", ()) for moment in window)]:
            given |= told(value) if isinstance(value, int | float) else numbers(str(value))
    return given


def without_names(runs: Runs, text: str) -> str:
    """Names are no figures."""
    shift = runs.shift
    names = [*shift.actors, *shift.places, *(order["id"] for order in shift.orders)]
    return re.sub("|".join(sorted(names, key=len, reverse=True)), "", text)


@pytest.mark.parametrize("phrasing", PHRASINGS + LATER, ids=lambda phrasing: phrasing["text"])
def test_no_figure_is_invented(runs: Runs, phrasing: dict[str, Any]) -> None:
    answer = runs.ask(phrasing["text"])
    assert numbers(without_names(runs, answer.text)) <= allowed(runs, answer, phrasing["text"]), answer.text
