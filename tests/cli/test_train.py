"""`gaitway train` as a person uses it: bad input, Ctrl-C, and going on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from gaitway.cli.main import main
from gaitway.policies.checkpoint import Checkpoint
from gaitway.policies.run_dir import last_checkpoint
from gaitway.policies.run_log import LOG_FILE, read_log

TASK = "Gaitway/DroidVelocityFlat-v0"


def _gaitway(before: str = "") -> list[str]:
    """The command `gaitway`, after the statements `before` in the same interpreter."""
    return [sys.executable, "-c", f"{before}\nfrom gaitway.cli.main import main; main()"]


def _fails(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Exit status and stderr of a command that must fail."""
    monkeypatch.setattr(sys, "argv", ["gaitway", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    assert isinstance(stop.value.code, int)
    return stop.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["Gaitway/DroidVelocityFlt-v0"],
            f"There is no task 'Gaitway/DroidVelocityFlt-v0'; did you mean '{TASK}'?",
        ),
        ([TASK, "--num-envs", "0"], "num_envs is 0; an environment needs at least 1 world."),
        ([TASK, "--minutes", "0"], "--minutes is 0; training needs more than 0."),
        (
            [TASK, "--resume", "nowhere"],
            "nowhere: there is no such run, checkpoint or bundle.",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    status, message = _fails(["train", *arguments], monkeypatch, capsys)
    assert status == 1
    assert message == f"gaitway train: {sentence}\n"
    assert list(tmp_path.iterdir()) == []


def test_misspelt_command_names_the_nearest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, message = _fails(["trian", TASK], monkeypatch, capsys)
    assert status == 2 and "did you mean 'train'?" in message


def _wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 240
    while not condition():
        assert process.poll() is None and time.monotonic() < deadline, "training did not get that far"
        time.sleep(0.05)


def test_ctrl_c_keeps_the_last_checkpoint_and_says_how_to_go_on(tmp_path: Path) -> None:
    run = tmp_path / "run"
    process = subprocess.Popen(
        # A test runner started in the background ignores Ctrl-C, and would pass that on.
        [
            *_gaitway("import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"),
            *("train", TASK, "--num-envs", "16", "--out", str(run)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    try:
        _wait_for(lambda: len(read_log(run)) >= 2, process)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    last = last_checkpoint(run)
    assert f"The last checkpoint is {last}." in output
    command = f"gaitway train {TASK} --minutes 15 --num-envs 16 --seed 0 --resume {run}"
    assert f"To go on: {command}" in output
    assert Checkpoint.load(last).iteration >= 2
    names = {path.name for path in run.iterdir()}
    assert names - {path.name for path in run.glob("model_*.pt")} <= {LOG_FILE, "tensorboard", "curve.png"}


def test_full_disk_is_one_sentence_and_leaves_no_partial_file(tmp_path: Path) -> None:
    """Files cannot grow past 50 kB here; the first checkpoint is larger."""
    result = subprocess.run(
        [
            *_gaitway("import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))"),
            *("train", TASK, "--num-envs", "8", "--out", "run"),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("gaitway train: run/model_0.pt: could not be written")
    assert result.stderr.endswith("free some space.\n") and result.stderr.count("\n") == 1
    assert {path.name for path in (tmp_path / "run").iterdir()} <= {LOG_FILE, "tensorboard"}


def test_run_and_resume_by_the_clock(tmp_path: Path) -> None:
    """A second of training, then half a second more in the same folder, however long the first one took."""
    run = tmp_path / "run"
    options = ["--num-envs", "8", "--seed", "3"]
    seconds = 1.0
    for more in (["--out", str(run)], ["--resume", str(run)]):
        result = subprocess.run(
            [*_gaitway(), "train", TASK, "--minutes", f"{seconds / 60:.4f}", *options, *more],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert result.returncode == 0, result.stderr
        assert f"Next: gaitway eval {TASK} --policy {run}" in result.stdout
        trained = read_log(run)[-1]["seconds"]
        assert trained >= 0.99 * seconds
        seconds = trained + 0.5
    rows = read_log(run)
    assert [row["iteration"] for row in rows] == list(range(1, len(rows) + 1))
    assert Checkpoint.load(last_checkpoint(run)).iteration == rows[-1]["iteration"]
    assert list(tmp_path.iterdir()) == [run]
