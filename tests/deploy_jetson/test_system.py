"""The systemd unit and the udev rules: taken by systemd where it is there, and what safety asks of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from gaitway.deploy_jetson import main as edge

FOLDER = Path(__file__).resolve().parents[2] / "deploy_jetson/system"
UNIT = FOLDER / "gaitway-edge.service"
NEEDS_SYSTEMD = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")


def settings(path: Path) -> dict[str, str]:
    """Key -> last value of a unit or an environment file; the unit's keys are told apart by name alone."""
    lines = [line for line in path.read_text().splitlines() if re.match(r"[A-Za-z]\w*=", line)]
    return dict(line.split("=", 1) for line in lines)


def test_what_the_unit_starts_parses() -> None:
    environment = settings(FOLDER / "edge.env")
    program, *words = settings(UNIT)["ExecStart"].split()
    assert Path(program).name == "gaitway-edge"
    arguments = [environment[word[2:-1]] if word.startswith("${") else word for word in words]
    options = edge._parser().parse_args(arguments)
    assert options.operator == environment["OPERATOR"]
    assert f'SYMLINK+="{Path(options.operator).name}"' in (FOLDER / "70-gaitway.rules").read_text()
    assert options.fifo <= int(settings(UNIT)["LimitRTPRIO"])
    assert options.lock_memory
    assert settings(UNIT)["LimitMEMLOCK"] == "infinity"


def test_damping_is_left_by_nobody_but_an_operator() -> None:
    unit = settings(UNIT)
    assert unit["Restart"] == "no"
    assert unit["KillSignal"] == "SIGTERM"  # the fault 'terminated' damps
    assert not {"RestartForceExitStatus", "WatchdogSec"} & unit.keys()


@NEEDS_SYSTEMD
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "gaitway-edge"
    program.touch(0o755)
    text = UNIT.read_text().replace("/opt/gaitway/bin/gaitway-edge", str(program))
    (copy := tmp_path / UNIT.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", copy],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert UNIT.name not in done.stderr, "systemd ignores something in it"


@NEEDS_SYSTEMD
def test_the_unit_is_hardened() -> None:
    """systemd's own score, from 0 (shut) to 10 (open)."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=25", UNIT],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.parametrize("line", (FOLDER / "70-gaitway.rules").read_text().splitlines())
def test_udev_rules_match_before_they_assign(line: str) -> None:
    if not line or line.startswith("#"):
        return
    parts = re.findall(r'(?:^|, )([A-Z]+(?:\{\w+\})?)(==|=|\+=)"([^"]+)"', line)
    assert ", ".join(f'{key}{operator}"{value}"' for key, operator, value in parts) == line
    operators = [operator for _, operator, _ in parts]
    matches = operators.count("==")
    assert matches >= 2
    assert set(operators[:matches]) == {"=="}
    assert {key for key, operator, _ in parts if operator != "=="} & {"SYMLINK", "ATTR{latency_timer}", "RUN"}
