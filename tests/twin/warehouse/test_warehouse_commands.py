"""`gaitway bench twin` and `gaitway twin run`: results are kept and read back; bad input is one sentence."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from gaitway.cli.bench import twin as bench
from gaitway.cli.main import main
from gaitway.twin.warehouse.trial import Trial

TRIALS = [
    Trial(0, "aisle_03A", 1.2, 0.01, 0.5, 80, 78, 60, 0, 2, 0.03, 0, 0),
    Trial(1, "aisle_06A", None, None, None, 80, 70, 64, 1, 0, 0.05, 0, 3),
]


def test_figures_are_those_of_all_trials() -> None:
    figures = bench.summary(TRIALS)
    assert figures["detected"] == {"median": 1.2, "most": 1.2}
    assert (figures["share_rerouted"], figures["share_ignored"]) == (148 / 160, 124 / 160)
    assert (figures["unseen"], figures["contacts"], figures["false_alarms"]) == (1, 1, 3)


def test_kept_results_are_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for trial in TRIALS:
        (tmp_path / f"shift_{trial.seed:04d}.json").write_text(json.dumps(asdict(trial)))
    monkeypatch.setattr("gaitway.twin.ceiling.hall.open_hall", lambda *_: None)
    bench.Twin(seeds=2, keep=tmp_path, json=tmp_path / "all.json").run()
    written = json.loads((tmp_path / "all.json").read_text())
    assert written["contacts"] == 1 and len(written["trials"]) == 2
    (tmp_path / "shift_0001.json").write_text('{"seed": 1}')
    with pytest.raises(ValueError, match=r"shift_0001\.json is no result .* delete it"):
        bench.Twin(seeds=2, keep=tmp_path).run()


def test_bad_scenarios_write_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shift.toml"
    path.write_text("[fleet]\namrs = 0\n")
    monkeypatch.setattr("sys.argv", ["gaitway", "twin", "run", str(path), "--report", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as exit_:
        main()
    assert exit_.value.code == 1
    assert "fleet.amrs = 0 is out of range" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
