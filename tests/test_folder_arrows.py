"""Imports between top-level folders follow the design's arrows, and robot-side code imports no simulator."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Folder -> folders it may import; itself always. `cli` is the top and may import all.
ARROWS = {
    "assets": set(),
    "envs": {"assets"},
    "policies": {"assets", "envs", "deploy_jetson"},
    "perception": set(),
    "planning": {"assets"},
    "fleet": set(),
    "twin": {"assets", "envs", "policies", "perception", "planning", "fleet", "deploy_jetson"},
    "preview": {"assets", "envs"},
    "deploy_jetson": set(),
}
ARROWS["cli"] = set(ARROWS)

# Folders whose code runs on robots: what they may import from outside the standard library.
# (which folder of it may import which of an extra's packages, test_portability.py looks after).
EXTRAS = {
    "tensorrt",
    "onnx",
    "fastapi",
    "matplotlib",
    "mcap",
    "mcap_ros2",
    "prometheus_client",
    "pydantic",
    "starlette",
    "unitree_sdk2py",
    "uvicorn",
    "yaml",
}
ROBOT_SIDE = {"deploy_jetson": {"numpy", "onnxruntime"} | EXTRAS}
# Folders that take arrays and never the simulator.
WITHOUT_SIMULATOR = ("perception", "planning", "fleet", "deploy_jetson")
SIMULATORS = {"mujoco", "mujoco_warp", "pxr", "gymnasium"}
# A planner reads robots from USD files; usd-core simulates nothing.
READS_USD = {"planning"}


def files() -> Iterator[tuple[str, Path]]:
    """(folder, file) of every source file in the table's folders."""
    for folder in ARROWS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield folder, path


def imported(path: Path, root: Path = ROOT) -> set[tuple[str, int]]:
    """Absolute dotted names that a file imports, lazily too (ours as `gaitway.x`), with line numbers."""
    package = ("gaitway", *path.relative_to(root).parts[:-1])
    names = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            names |= {(alias.name, node.lineno) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join((*base, *filter(None, [node.module])))
            # `from .. import policies` imports a folder by its name.
            names |= {(f"{stem}.{alias.name}", node.lineno) for alias in node.names}
    return names


def crossings(folder: str, path: Path, root: Path = ROOT) -> list[str]:
    """Imports of a file that go against the arrows."""
    wrong = []
    for name, line in sorted(imported(path, root)):
        parts = name.split(".")
        if parts[0] == "gaitway" and parts[1] != folder and parts[1] not in ARROWS[folder]:
            wrong.append(f"{path.relative_to(root)}:{line} imports {name}")
    return wrong


def test_arrows_point_one_way():
    wrong = [line for folder, path in files() for line in crossings(folder, path)]
    assert not wrong, "\n".join(wrong)


def test_every_folder_of_the_package_is_in_the_table():
    folders = {path.parent.relative_to(ROOT).parts[0] for path in ROOT.glob("*/*.py")}
    assert folders - {"tests", "examples", "build", "dist"} <= set(ARROWS)


@pytest.mark.parametrize("folder", WITHOUT_SIMULATOR)
def test_robot_code_does_not_import_the_simulator(folder):
    for owner, path in files():
        if owner == folder:
            roots = {name.split(".")[0] for name, _ in imported(path)}
            forbidden = SIMULATORS - {"pxr"} if folder in READS_USD else SIMULATORS
            assert not roots & forbidden, path


def test_edge_runtime_needs_numpy_and_onnxruntime_alone():
    import sys

    for folder, allowed in ROBOT_SIDE.items():
        for owner, path in files():
            if owner == folder:
                roots = {name.split(".")[0] for name, _ in imported(path)} - {"gaitway"}
                assert roots <= allowed | sys.stdlib_module_names, path


@pytest.mark.parametrize(
    ("folder", "code", "is_wrong"),
    [
        ("envs", "from ..policies import train", True),
        ("envs", "from .. import policies", True),
        ("envs", "import gaitway.policies.trainer", True),
        ("envs", "def f():\n    from ..policies.trainer import Trainer", True),
        ("envs", "from ..assets import ASSETS\nfrom .stage import load_stage\nimport numpy.linalg", False),
        ("deploy_jetson", "from ..envs.stage import load_stage", True),
        ("cli", "from ..twin.loop import run", False),
    ],
)
def test_the_check_itself(folder, code, is_wrong, tmp_path):
    path = tmp_path / folder / "module.py"
    path.parent.mkdir()
    path.write_text(code)
    assert bool(crossings(folder, path, tmp_path)) == is_wrong
