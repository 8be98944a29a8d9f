"""`gaitway bench odometry` goes on where it was cut off; its figures are worked out by hand here."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from gaitway.cli.bench.odometry import Odometry
from gaitway.twin.record.scenario import SCENARIOS

RUNS = ("fused", "cameras", "wheels and IMU")


def kept_drive(seed: int, ate: float, completion: float, length: float) -> dict:
    run = {
        "ate_m": ate, "ate_percent": ate / length * 100, "rpe_percent": 0.5, "rpe_deg_per_m": 0.01,
        "completion_percent": completion, "nees_mean": 6.0, "status": {"degraded": seed, "lost": 0},
        "ms": {"all": {"mean": 20.0, "p95": 30.0}},
    }  # fmt: skip
    scenario = replace(SCENARIOS["amr-workers"], length=length, frame_rate=10.0)
    return {"seed": seed, "scenario": asdict(scenario), **dict.fromkeys(RUNS, run)}


@pytest.fixture
def folder(tmp_path):
    for seed, (ate, completion) in enumerate(((0.1, 100.0), (0.4, 99.0), (0.2, 97.0))):
        (tmp_path / f"seed{seed}.json").write_text(json.dumps(kept_drive(seed, ate, completion, 200.0)))
    return tmp_path


def test_drives_in_the_folder_are_not_made_again(folder, capsys):
    Odometry(3, keep=folder, json=folder / "all.json").run()
    rows = [line.replace("│", " ").split() for line in capsys.readouterr().out.splitlines()]
    median = next(row for row in rows if row[:1] == ["median"])
    worst = next(row for row in rows if row[:1] == ["worst"])
    assert median[1:3] == ["0.200", "0.100"]
    assert worst[1:3] == ["0.400", "0.200"]
    assert worst[5] == "97.0"  # the least share of frames, the most of all else
    assert worst[6] == "2"
    assert [drive["seed"] for drive in json.loads((folder / "all.json").read_text())["drives"]] == [0, 1, 2]


def test_drives_of_another_length_are_not_mixed_in(folder):
    with pytest.raises(ValueError, match=r"seed0\.json is of another length or rate"):
        Odometry(3, length=50.0, keep=folder).run()
