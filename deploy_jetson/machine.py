"""What the log should know about the machine that ran: versions and clock settings."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime as ort

GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def describe_machine() -> dict[str, str]:
    """Names and values; on a Jetson with its power mode, which sets the clocks."""
    facts = {
        "machine": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "onnxruntime": ort.__version__,
    }
    if GOVERNOR.is_file():
        facts["cpu governor"] = GOVERNOR.read_text().strip()
    for tool, option in (("nvpmodel", "-q"), ("jetson_clocks", "--show")):
        if path := shutil.which(tool):
            facts[tool] = _output([path, option])
    return facts


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"unknown ({error})"
    return done.stdout.strip() if done.returncode == 0 else f"unknown ({done.stderr.strip()})"
