"""`gaitway-edge bench`, briefly: that it measures, not how fast this machine is."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gaitway.deploy_jetson import bench
from gaitway.deploy_jetson.main import main
from gaitway.deploy_jetson.steal import StealWatch, stolen_seconds

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
    assert 0 <= loop["stolen_s"] < 10 and 0 <= loop["missed_while_stolen"] <= loop["overruns"]
    assert loop["undisturbed_period"]["sd"] <= loop["period"]["max"]
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


def test_a_tick_missed_while_the_hypervisor_had_the_core_is_told_apart() -> None:
    """By hand: ticks of 20 ms, one 50 ms late with time stolen, one 30 ms late without."""
    starts = [0.00, 0.02, 0.09, 0.10, 0.12, 0.14, 0.19, 0.20]
    stolen = [5.00, 5.00, 5.05, 5.05, 5.05, 5.05, 5.05, 5.05]
    missed = [0, 0, 1, 1, 1, 1, 2, 2]
    now, clock, overruns = iter(starts), iter([5.00, *stolen]), iter(missed)
    watch = StealWatch(lambda: next(overruns), lambda: next(clock), lambda: next(now))
    for _ in starts:
        watch.tick()
    result = watch.as_json()
    assert result["stolen_s"] == pytest.approx(0.05)
    assert result["missed_while_stolen"] == 1
    undisturbed = [0.02, 0.02, 0.02, 0.05, 0.01]  # not the two intervals around the theft
    assert result["undisturbed_period"]["sd"] == pytest.approx(np.std(undisturbed))
    assert result["undisturbed_period"]["max"] == pytest.approx(0.05)


def test_stolen_time_is_what_the_kernel_says() -> None:
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    assert stolen_seconds() == pytest.approx(int(fields[8]) / 100, abs=5.0)
