"""Where a result came from: the commit and the versions of the libraries that made it."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = (
    "gaitway",
    "mujoco",
    "mujoco-usd",
    "usd-core",
    "torch",
    "rsl-rl-lib",
    "onnx",
    "onnxruntime",
    "numpy",
)


def git_commit() -> str:
    """Commit of the checkout this file lies in, `-dirty` after it if files differ; `unknown` outside git."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        result = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return result.stdout.strip()


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that shape a policy."""
    return {"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES}
