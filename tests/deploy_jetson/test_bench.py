"""`gaitway-edge bench`, briefly: that it measures, not how fast this machine is."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from gaitway.deploy_jetson import bench
from gaitway.deploy_jetson.main import main

ZOO = Path(__file__).resolve().parents[2] / "policies/zoo"


@pytest.mark.parametrize("bundle", ["droid-velocity-flat", "amr-navigation"])
def test_it_measures(bundle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bench.json"
    with pytest.raises(SystemExit) as status:
        main(["bench", str(ZOO / bundle), "--seconds", "0.4", "--json", str(path)])
    assert status.value.code == 0
    result = json.loads(path.read_text())
    for times in result["inference"].values():
        assert 0 < times["p50"] <= times["p99"] <= times["max"] < 1
    loop = result["loop"]
    assert loop["ticks"] > 0 and loop["rss"] > 1e7 and abs(loop["rss_growth"]) < 1e8
    for stage, bins in loop["histograms"].items():
        assert len(bins["edges"]) == len(bins["counts"]) + 1, stage
        assert sum(bins["counts"]) >= loop["ticks"] - 26, stage
    assert 0 <= loop["stolen_s"] < 10
    assert result["machine"]["onnxruntime"]
    assert "one core busy" in capsys.readouterr().out


def test_the_busy_process_is_there_before_the_core_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would inherit the core, and the two would share it."""
    order = []
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> subprocess.Popen:
        order.append("busy")
        return popen(*arguments, **options)

    monkeypatch.setattr(bench.subprocess, "Popen", start)
    monkeypatch.setattr(bench, "prioritise", lambda *options: order.append("core") or [])
    with pytest.raises(SystemExit):
        main(["bench", str(ZOO / "amr-navigation"), "--seconds", "0.2", "--cpu", "0"])
    assert order == ["busy", "core"]
