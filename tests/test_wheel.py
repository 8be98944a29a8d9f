"""A wheel in empty environments, from any directory: the robot side alone, and the workstation."""

from __future__ import annotations

import json
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
BUNDLES = sorted(path.parent for path in (ROOT / "policies/zoo").glob("*/policy.json"))
IGNORED = (".*", "*.egg-info", "__pycache__", "build", "dist", "out", "runs", "tests", "docs", "gaitway")
# What the base install depends on, taken from this environment so that the test needs no network.
SITE = Path(sysconfig.get_path("purelib"))
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


def _install(wheel: Path, folder: Path) -> Path:
    """Make an environment that holds the wheel and nothing else; returns its site-packages."""
    venv.create(folder, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python")]
    subprocess.run(
        [*pip, "install", "-q", "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True
    )
    return next(folder.glob("lib/python*/site-packages"))


@pytest.fixture(scope="module")
def robot_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Interpreter of an environment with the wheel, numpy and onnxruntime."""
    folder = tmp_path_factory.mktemp("robot")
    site = _install(wheel, folder)
    for name in DEPENDENCIES:
        if (SITE / name).exists():
            (site / name).symlink_to(SITE / name)
    return folder / "bin/python"


@pytest.fixture(scope="module")
def sim_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Interpreter of an environment with the wheel and all that this one has, but not this checkout."""
    folder = tmp_path_factory.mktemp("workstation")
    (_install(wheel, folder) / "dependencies.pth").write_text(f"{SITE}\n")
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
    assert BUNDLES
    for bundle in BUNDLES:
        result = _run([edge, "check", bundle], tmp_path)
        assert result.returncode == 0, result.stderr
        assert "golden ticks reproduce" in result.stdout


def test_a_missing_simulator_is_said(robot_python: Path, tmp_path: Path) -> None:
    """The base install has no simulator: one sentence says what to install."""
    code = "from gaitway.deploy_jetson.sim_robot import SimRobot; SimRobot(None)"
    result = _run([robot_python, "-c", code], tmp_path)
    assert "RobotError: The simulated robot needs the simulator: pip install 'gaitway[sim]'." in result.stderr


def test_the_workstation_needs_no_import_of_ours(sim_python: Path, tmp_path: Path) -> None:
    code = """
import sys, gymnasium
envs = gymnasium.make_vec("Gaitway/DroidVelocityFlat-v0", num_envs=2)
observations, _ = envs.reset(seed=0)
print(tuple(observations.shape), sys.modules["gaitway.envs.vector_env"].__file__)
"""
    result = _run([sim_python, "-c", code], tmp_path)
    assert result.returncode == 0, result.stderr
    shape, _, file = result.stdout.strip().rpartition(" ")
    assert shape == "(2, 41)"
    assert sim_python.parents[1] in Path(file).parents


def test_the_workstation_walks_a_bundle(sim_python: Path, tmp_path: Path) -> None:
    # A bundle without a velocity command needs goals or targets from somebody.
    walking = [bundle for bundle in BUNDLES if json.loads((bundle / "policy.json").read_text())["commands"]]
    assert len(walking) >= 3
    for bundle in walking:
        options = ["--robot", "sim", "--no-realtime", "--seconds", "2"]
        result = _run([sim_python.parent / "gaitway-edge", "run", bundle, *options], tmp_path)
        assert result.returncode == 0, result.stderr
