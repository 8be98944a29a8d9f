"""A log of the simulated robot, played to the runtime: the same bundle gives the same targets again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gaitway.deploy_jetson.main import main

ZOO = Path(__file__).resolve().parents[2] / "policies/zoo"


def _run(bundle: Path, folder: Path, *options: str) -> dict:
    report = folder / "report.json"
    with pytest.raises(SystemExit):
        main(["run", str(bundle), "--log", str(folder / "out.jsonl"), "--json", str(report), *options])
    return json.loads(report.read_text())


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2 s of the droid walking forward."""
    path = tmp_path_factory.mktemp("run") / "run.mcap"
    arguments = ["run", str(ZOO / "droid-velocity-flat"), "--robot", "sim", "--no-realtime", "--seconds", "2"]
    with pytest.raises(SystemExit) as status:
        main([*arguments, "--log", str(path)])
    assert status.value.code == 0
    return path


def test_the_same_bundle_gives_the_same_targets(log: Path, tmp_path: Path) -> None:
    report = _run(ZOO / "droid-velocity-flat", tmp_path, "--robot", "replay", "--from", str(log))
    assert (report["fault"], report["compared_ticks"]) == ("", 100)
    assert report["target_error"] < 1e-6


def test_another_bundle_gives_others(log: Path, tmp_path: Path) -> None:
    """The rough droid's policy, on the flat one's readings."""
    report = _run(ZOO / "droid-velocity-rough", tmp_path, "--robot", "replay", "--from", str(log))
    assert report["compared_ticks"] > 0 and report["target_error"] > 0.05


@pytest.mark.parametrize(
    ("bundle", "options", "words"),
    [
        ("arm-reach", ["--from", "LOG"], "whose joints are not those of Gaitway/ArmReach-v0"),
        ("droid-velocity-flat", [], "name it by --from LOG"),
        ("droid-velocity-flat", ["--from", "gone.mcap"], r"gone.mcap: there is no such file"),
    ],
)
def test_what_cannot_be_replayed(
    log: Path, bundle: str, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(log) if option == "LOG" else option for option in options]
    with pytest.raises(SystemExit) as status:
        main(["run", str(ZOO / bundle), "--robot", "replay", *given])
    assert status.value.code == 1
    assert words in capsys.readouterr().err
