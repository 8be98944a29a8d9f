"""The robot side is numpy, onnxruntime and the standard library, in Python 3.10."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import gaitway.deploy_jetson
import pytest

# What the folders of optional commands load when those are used, of extras and of JetPack.
EXTRAS = {
    "log": {"matplotlib", "mcap", "mcap_ros2"},
    "unitree": {"unitree_sdk2py"},
    "importing": {"yaml"},
    "trt": {"onnx", "tensorrt"},
    "serve": {"fastapi", "prometheus_client", "pydantic", "starlette", "uvicorn"},
}
FILES = sorted(Path(gaitway.deploy_jetson.__path__[0]).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_syntax_is_python_3_10(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 10))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_imports_are_few(path: Path) -> None:
    folder = path.parent.name
    allowed = {"numpy", "onnxruntime"} | EXTRAS.get(folder, set()) | sys.stdlib_module_names
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and node.level:
            assert node.level <= 1 + (folder in EXTRAS), f"{node.module} is in another folder"
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] in allowed


def test_nothing_heavy_is_loaded() -> None:
    code = "import gaitway.deploy_jetson.main, sys; print(*sorted(m.partition('.')[0] for m in sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert "onnxruntime" in loaded
    assert not loaded & {"torch", "mujoco", "pxr", "scipy", "gymnasium", "rsl_rl", "warp", "onnx", "tyro"}
