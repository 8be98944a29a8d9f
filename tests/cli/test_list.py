"""`gaitway list`: what it names can be used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from gaitway.cli.main import main
from gaitway.deploy_jetson.policy import Policy
from gaitway.envs.registration import load_cfg
from pxr import Usd


def _listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *flags: str) -> str:
    monkeypatch.setattr(sys, "argv", ["gaitway", "list", *flags])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0
    return capsys.readouterr().out


def test_everything_listed_can_be_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(_listed(monkeypatch, capsys, "--json"))
    assert set(found) == {"robots", "tasks", "bundles"}
    assert {"droid", "amr"} <= set(found["robots"])
    for path in found["robots"].values():
        assert Usd.Stage.Open(path).GetDefaultPrim()
    for task, command in found["tasks"].items():
        assert load_cfg(task).task == task
        assert command == f"gaitway train {task}"
    for name, path in found["bundles"].items():
        assert Path(path).name == name
        Policy.load(Path(path))


def test_table_names_the_same(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(_listed(monkeypatch, capsys, "--json"))
    table = _listed(monkeypatch, capsys)
    for kind, entries in found.items():
        assert kind in table
        assert all(name in table for name in entries)


def test_listing_does_not_wait_for_torch() -> None:
    code = "import gaitway.cli.list_all, sys; sys.exit('torch' in sys.modules or 'mujoco' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
