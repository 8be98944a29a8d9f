"""`gaitway-edge bench-serve`, briefly: that every client is answered, not how fast."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gaitway.deploy_jetson.main import main

ZOO = Path(__file__).resolve().parents[2] / "policies/zoo"


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as status:
        main(["bench-serve", *arguments])
    assert isinstance(status.value.code, int)
    return status.value.code


def test_it_measures(tmp_path: Path) -> None:
    path = tmp_path / "serve.json"
    few = ("--clients", "3", "--batch", "2", "--seconds", "1")
    assert _run(str(ZOO / "droid-velocity-flat"), *few, "--json", str(path)) == 0
    result = json.loads(path.read_text())
    assert result["requests"] > 3
    assert result["observations_per_s"] == 2 * result["requests_per_s"]
    latency = result["latency"]
    assert 0 < latency["p50"] <= latency["p99"] <= latency["max"] < 30


def test_no_bundle_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(str(tmp_path)) == 1
    assert "there is no such file" in capsys.readouterr().err
