"""`gaitway fetch`: refuses what it cannot do in one sentence, and goes on where it was stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gaitway.twin.manipulation.attempt import Attempt
from gaitway.twin.shelf import score
from gaitway.twin.shelf.case import case_of

from .command import gaitway


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--runs", 0), "--runs is 0"),
        (("--threads", 0), "--threads 0"),
        (("--seed", -1), "--seed is -1"),
    ],
)
def test_bad_input_is_refused(monkeypatch, capsys, options, sentence):
    assert gaitway(monkeypatch, "fetch", *options) == 1
    assert sentence in capsys.readouterr().err


def test_runs_that_were_made_are_not_made_again(monkeypatch, capsys, tmp_path: Path):
    made = []

    def fetch(seed, *_):
        made.append(seed)
        case, good = case_of(seed), seed != 1
        attempts = (Attempt("mug", "cup", "placed" if good else "dropped", seconds=20.0, thinking=4.0),)
        return score.RunResult(seed, case.names, case.board, True, good, 0, 0, attempts, "", 50.0)

    monkeypatch.setattr(score, "fetch", fetch)
    keep, file = tmp_path / "keep", tmp_path / "out.json"
    assert gaitway(monkeypatch, "fetch", "--runs", 2, "--keep", keep) == 0
    assert gaitway(monkeypatch, "fetch", "--runs", 4, "--keep", keep, "--json", file) == 0
    assert made == [0, 1, 2, 3]
    figures = json.loads(file.read_text())["summary"]
    assert (figures["runs"], figures["fetched"], figures["in_tote"]) == (4, 3, 4)
    assert figures["at_first_try"] == 3 and figures["seconds_mean"] == 50.0
    assert sum(all_ for _, all_ in figures["by_object"].values()) == 4

    (keep / "run_0001.json").write_text("{}")
    capsys.readouterr()
    assert gaitway(monkeypatch, "fetch", "--runs", 2, "--keep", keep) == 1
    error = capsys.readouterr().err
    assert "run_0001.json" in error and "delete it" in error
    (keep / "run_0001.json").write_text((keep / "run_0000.json").read_text())
    assert gaitway(monkeypatch, "fetch", "--runs", 2, "--keep", keep) == 1
    assert "give another --keep" in capsys.readouterr().err
