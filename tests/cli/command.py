"""`gaitway` as a person runs it, in this process."""

from __future__ import annotations

import sys

import pytest
from gaitway.cli import main as cli


def gaitway(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Exit status of `gaitway ARGUMENTS`."""
    monkeypatch.setattr(sys, "argv", ["gaitway", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code is None or isinstance(stop.value.code, int), "a status, not a sentence"
    return stop.value.code or 0
