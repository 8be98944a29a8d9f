"""`gaitway twin ask`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ...cli.command import gaitway
from .ask_shift import make_shift


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("command")
    make_shift().write(folder / "journal.sqlite")
    return folder


def test_prints_an_answer_its_events_and_the_moment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    contact = next(row for row in make_shift().events if row["kind"] == "contact")
    assert gaitway(monkeypatch, "twin", "ask", folder, "first contact?") == 0
    assert capsys.readouterr().out.splitlines() == [
        "The first contact: 09:33:20 forklift_2 amr_05 aisle_03B.",
        f"Events: {contact['id']}.",
        "Look at 09:33:20 (--at 2000.0).",
    ]
    assert gaitway(monkeypatch, "twin", "ask", folder, "first contact?", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["events"] == [{"id": contact["id"], "time": 2000.0, "kind": "contact"}]
    assert (answer["jump"], answer["figures"]["time"]) == (2000.0, 2000.0)
    assert answer["understood"] == {"intent": "when", "topic": "contact", "rank": "first", "read_by": "rules"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--at", "-3"), "--at -3: must be 0 or more."),
        (("--llm", "file:///etc/passwd"), "must be a URL that begins with http:// or https://."),
        (("--against", "nowhere"), "there is no such journal"),
    ],
)
def test_bad_input_ends_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    options: tuple[str, ...],
    sentence: str,
) -> None:
    assert gaitway(monkeypatch, "twin", "ask", folder, "health", *options) == 1
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1


def test_says_when_the_model_was_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    assert (
        gaitway(monkeypatch, "twin", "ask", folder, "how many contacts", "--llm", "http://127.0.0.1:9") == 0
    )
    printed = capsys.readouterr()
    assert printed.out.startswith("2 contacts.")
    assert printed.err.startswith("gaitway twin ask: read by rules: ")
