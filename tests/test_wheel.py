"""A wheel in an empty environment: the robot side alone, from any directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
IGNORED = (".*", "*.egg-info", "__pycache__", "build", "dist", "out", "runs", "tests", "docs", "gaitway")
# What the base install depends on, taken from this environment so that the test needs no network.
DEPENDENCIES = ("numpy", "numpy.libs", "onnxruntime")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the checkout, so that nothing of an earlier build gets in."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", ignore=shutil.ignore_patterns(*IGNORED))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(folder / "source")], check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def robot_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Interpreter of an environment that holds the wheel, numpy and onnxruntime."""
    folder = tmp_path_factory.mktemp("robot")
    venv.create(folder, with_pip=False)
    site = next(folder.glob("lib/python*/site-packages"))
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python")]
    subprocess.run(
        [*pip, "install", "-q", "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True
    )
    for name in DEPENDENCIES:
        source = Path(sysconfig.get_path("purelib")) / name
        if source.exists():
            (site / name).symlink_to(source)
    return folder / "bin/python"


def _run(command: list[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def test_every_package_and_asset_is_inside(wheel: Path) -> None:
    names = {name.removeprefix("gaitway/") for name in zipfile.ZipFile(wheel).namelist()}
    folders = ("assets", "cli", "deploy_jetson", "envs", "policies", "preview")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    wanted = {path.relative_to(ROOT).as_posix() for path in files if path.suffix != ".pyc"}
    assert "assets/robots/droid.usda" in wanted
    assert wanted <= names


def test_the_robot_side_runs_alone(robot_python: Path, tmp_path: Path) -> None:
    code = "import gaitway.deploy_jetson.main as m, sys; print(m.__file__, 'torch' in sys.modules)"
    result = _run([robot_python, "-c", code], tmp_path)
    assert result.returncode == 0, result.stderr
    file, torch = result.stdout.split()
    assert robot_python.parents[1] in Path(file).parents
    assert torch == "False"


def test_the_command_checks_bundles(robot_python: Path, tmp_path: Path) -> None:
    edge = robot_python.parent / "gaitway-edge"
    result = _run([edge, "check", "nowhere"], tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("gaitway-edge check: nowhere/policy.json: there is no such file")
    for bundle in sorted((ROOT / "policies/zoo").glob("*/policy.json")):
        result = _run([edge, "check", bundle.parent], tmp_path)
        assert result.returncode == 0, result.stderr
        assert "golden ticks reproduce" in result.stdout


def test_a_missing_simulator_is_said(robot_python: Path, tmp_path: Path) -> None:
    """The base install has no simulator: one sentence says what to install."""
    code = "from gaitway.deploy_jetson.robot import SimRobot; SimRobot(None)"
    result = _run([robot_python, "-c", code], tmp_path)
    assert "RobotError: The simulated robot needs the simulator: pip install 'gaitway[sim]'." in result.stderr
