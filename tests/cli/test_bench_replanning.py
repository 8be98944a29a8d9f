"""`gaitway bench replanning` refuses what it cannot do in one sentence."""

from __future__ import annotations

import pytest

from .command import gaitway


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--episodes", 0), "--episodes must be at least 1"),
        (("--rate", "nan"), "--rate between 1 and 200"),
        (("--first", -1), "--first is -1"),
    ],
)
def test_bad_input_is_refused(monkeypatch, capsys, options, sentence) -> None:
    assert gaitway(monkeypatch, "bench", "replanning", *options) == 1
    assert sentence in capsys.readouterr().err
