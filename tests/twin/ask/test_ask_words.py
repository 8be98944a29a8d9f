"""The tables of words and sentences cover what they must."""

from __future__ import annotations

import re
import string
from datetime import datetime
from pathlib import Path

import pytest
from gaitway.twin.ask.phrases import EVENT_NAMES, INCIDENT_NAMES, STATE_NAMES, TEXTS
from gaitway.twin.ask.query import INTENTS, Window
from gaitway.twin.ask.times import Times, plain
from gaitway.twin.ask.topics import TOPICS
from gaitway.twin.ask.words import entries, pattern
from gaitway.twin.journal.journal import Journal
from gaitway.twin.journal.reading import Reading
from gaitway.twin.journal.schema import EVENTS, KINDS_OF_INCIDENTS, ORDER_STATES


def test_everything_in_the_journal_has_a_name() -> None:
    assert set(EVENT_NAMES) == set(EVENTS)
    assert set(INCIDENT_NAMES) == set(KINDS_OF_INCIDENTS)
    assert set(STATE_NAMES) == set(ORDER_STATES)
    kinds = {kind for topic in TOPICS.values() for kind in topic.kinds}
    notes = {topic.note for topic in TOPICS.values() if topic.note}
    assert kinds <= set(EVENTS) and notes <= set(KINDS_OF_INCIDENTS)


def test_every_intent_and_topic_has_words() -> None:
    assert set(entries("intents")) == set(INTENTS)
    assert set(entries("topics")) == set(TOPICS) - {"actor"}
    for table in ("intents", "topics", "nouns", "hints", "idle"):
        for entry in entries(table):
            assert not re.fullmatch(pattern(table, entry), "")


def test_both_languages_of_a_sentence_tell_the_same_values() -> None:
    for key, texts in TEXTS.items():
        english, chinese = (
            {field for _, field, _, _ in string.Formatter().parse(text) if field} for text in texts
        )
        assert english == chinese, key


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("since 10", [(3600, None)]),
        ("after 10:30 am", [(5400, None)]),
        ("before half past nine", [(None, 1800)]),
        ("between 9:30 and 10", [(1800, 3600)]),
        ("from 9 to 9:15", [(0, 900)]),
        ("9:15-9:45", [(900, 2700)]),
        ("in the last hour", [(3600, 7200)]),
        ("during the past 20 mins", [(6000, 7200)]),
        ("in the first half hour", [(0, 1800)]),
        ("10 minutes ago", [(6600, 6660)]),
        ("at quarter past ten", [(4500, 4560)]),
        ("at ten o'clock", [(3600, 3660)]),
        ("before and after 10", [(None, 3600), (3600, None)]),
        ("this hour was calm", []),
        ("since 77:10", []),
        ("since noon", [(10800, None)]),
        ("the last hour and the hour before", [(3600, 7200), (0, 3600)]),
        ("十点半以后", [(5400, None)]),
        ("从9点到9点一刻", [(0, 900)]),
        ("9点半到10点之间", [(1800, 3600)]),
        ("最近二十分钟", [(6000, 7200)]),
        ("过去半小时", [(5400, 7200)]),
        ("上午10点之前", [(None, 3600)]),
        ("10点15分", [(4500, 4560)]),
    ],
)
def test_times(tmp_path: Path, text: str, windows: list[tuple[float | None, float | None]]) -> None:
    with Journal(tmp_path / "journal.sqlite", {"start": "2026-11-28T09:00:00"}):
        reading = Reading(tmp_path / "journal.sqlite")
    assert Times(reading, 7200.0).find(plain(text))[0] == tuple(Window(*window) for window in windows)
    reading.close()


def test_two_is_in_the_afternoon_if_the_run_is(tmp_path: Path) -> None:
    start = datetime(2026, 11, 28, 13)
    with Journal(tmp_path / "journal.sqlite", {"start": start.isoformat()}):
        reading = Reading(tmp_path / "journal.sqlite")
    assert Times(reading, 7200.0).find("since 2")[0] == (Window(3600.0, None),)
    reading.close()
