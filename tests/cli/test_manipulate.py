"""`gaitway manipulate`: refuses what it cannot do in one sentence, and goes on where it was stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gaitway.twin.manipulation import score
from gaitway.twin.manipulation.attempt import Attempt

from .command import gaitway


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--bins", 0), "--bins is 0"),
        (("--threads", 0), "--threads 0"),
        (("--seed", -1), "--seed is -1"),
        (("--objects", 3, 2), "--objects is 3 2"),
        (("--objects", 1, 11), "1 to 10"),
    ],
)
def test_bad_input_is_refused(monkeypatch, capsys, options, sentence):
    assert gaitway(monkeypatch, "manipulate", *options) == 1
    assert sentence in capsys.readouterr().err


def test_a_file_is_no_folder_for_results(monkeypatch, capsys, tmp_path: Path):
    """It is refused before a bin is worked whose result would be lost."""
    file = tmp_path / "keep"
    file.write_text("")
    monkeypatch.setattr(score, "work_bin", lambda *_: pytest.fail("a bin was worked"))
    assert gaitway(monkeypatch, "manipulate", "--bins", 1, "--keep", file) == 1
    assert f"{file}: File exists." in capsys.readouterr().err


def test_bins_that_were_worked_are_not_worked_again(monkeypatch, capsys, tmp_path: Path):
    worked = []

    def work(seed, names, visited, *_):
        worked.append(seed)
        placed = tuple(k == 0 for k in range(len(names)))
        attempts = (Attempt("mug", "cup", "placed", seconds=10.0, thinking=2.0, error=0.01),)
        return score.BinResult(seed, tuple(names), placed, visited, 0, attempts, 12.0)

    monkeypatch.setattr(score, "work_bin", work)
    keep, file = tmp_path / "keep", tmp_path / "out.json"
    assert gaitway(monkeypatch, "manipulate", "--bins", 2, "--keep", keep) == 0
    assert gaitway(monkeypatch, "manipulate", "--bins", 5, "--keep", keep, "--json", file) == 0
    assert worked == [0, 1, 2, 3, 4]
    written = json.loads(file.read_text())
    objects = sum(len(score.bin_of(seed, 1, 3)) for seed in range(5))
    figures = written["summary"]
    assert (figures["bins"], figures["objects"], figures["placed"]) == (5, objects, 5)
    assert figures["visited"] == 1 and figures["cycle_seconds_mean"] == 10.0
    assert len(written["bins"]) == 5

    (keep / "bin_0001.json").write_text("{}")
    capsys.readouterr()
    assert gaitway(monkeypatch, "manipulate", "--bins", 2, "--keep", keep) == 1
    error = capsys.readouterr().err
    assert "bin_0001.json" in error and "delete it" in error


def test_bins_of_other_objects_are_not_taken_for_these(monkeypatch, capsys, tmp_path: Path):
    result = score.BinResult(0, ("mug",) * 4, (True,) * 4, False, 0, (), 1.0)
    score.keep_result(tmp_path, result)
    assert gaitway(monkeypatch, "manipulate", "--bins", 1, "--keep", tmp_path) == 1
    assert "give another --keep" in capsys.readouterr().err
