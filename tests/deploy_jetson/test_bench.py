"""`gaitway-edge bench`, briefly: that it measures, not how fast this machine is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gaitway.deploy_jetson import bench
from gaitway.deploy_jetson.main import main
from gaitway.deploy_jetson.stalls import TickTimes, Witness

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
    assert loop["stalls"] is None
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


def test_a_tick_missed_because_the_core_stood_still_is_told_apart() -> None:
    """By hand, every 20 ms: the core stands still in a tick's work and while one waits; one is just slow.

    Starts at 20 and 120 ms are followed by work that ends 50 ms late, and by a wait that does; the next tick
    after the wait begins at once, as its deadline has passed: only then it counts as missed.
    """
    ticks = TickTimes(20)
    rows = [
        *((0.00, 0.00, 0), (0.02, 0.02, 0), (0.04, 0.09, 1), (0.10, 0.10, 1), (0.12, 0.12, 1)),
        *((0.14, 0.191, 1), (0.16, 0.192, 2), (0.20, 0.20, 2), (0.22, 0.22, 2)),
        *((0.24, 0.27, 3), (0.28, 0.28, 3)),
    ]
    for due, start, missed in rows:
        ticks.add(due, start, missed)
    stalls = np.array([[0.025, 0.085], [0.138, 0.191], [3.0, 3.001]])
    result = ticks.beside(stalls)
    assert result["missed_without"] == 1 and result["number"] == 3
    assert result["total_s"] == pytest.approx(0.114) and result["longest_s"] == pytest.approx(0.06)
    alive = [0.02, 0.05, 0.01]  # the first, and those after all is as it was again
    assert result["period_without"]["sd"] == pytest.approx(np.std(alive))
    assert result["period_without"]["max"] == pytest.approx(0.05)


def test_a_stall_over_several_ticks_counts_in_each() -> None:
    ticks = TickTimes(4)
    for k in range(6):  # the last two have no room
        ticks.add(0.02 * k, 0.02 * k, 0)
    assert ticks.beside(np.array([[0.01, 0.05]]))["period_without"]["max"] == 0.0
    assert ticks.beside(np.zeros((0, 2)))["period_without"]["max"] == pytest.approx(0.02)


def test_the_witness_sees_when_its_core_is_kept_from_it() -> None:
    """It is stopped for 50 ms, as a hypervisor would stop it."""
    core = min(os.sched_getaffinity(0))
    witness = Witness(core, 50)
    try:
        began = time.perf_counter()
        os.kill(witness.pid, signal.SIGSTOP)
        time.sleep(0.05)
        os.kill(witness.pid, signal.SIGCONT)
        time.sleep(0.05)
        stalls = witness.stop()
    finally:
        witness.close()
    assert stalls.shape[1] == 2 and (stalls[:, 1] > stalls[:, 0]).all()
    longest = stalls[np.argmax(stalls[:, 1] - stalls[:, 0])]
    assert longest[0] > began - 0.01 and longest[1] - longest[0] > 0.04


def test_a_core_is_not_said_to_stand_still_where_its_witness_is_not_above_the_rest() -> None:
    """An ordinary process waits for others, and one of the loop's own priority waits for the loop."""
    core = min(os.sched_getaffinity(0))
    with bench._witness(core, 99) as witness:
        assert witness is None
    with bench._witness(core, None) as witness:
        assert witness is None
    nowhere = (os.cpu_count() or 1) + 7  # no such core
    with bench._witness(nowhere, 50) as witness:
        assert witness is None
