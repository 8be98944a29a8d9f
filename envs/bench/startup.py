"""How long a user waits: imports, the first env, and `gaitway train` until its first step."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

_FIRST_STEP = """
import os, sys
from gaitway.cli.main import main
from gaitway.envs.vector_env import GaitwayVectorEnv

step = GaitwayVectorEnv.step

def first_step(env, actions):
    step(env, actions)
    os._exit(0)

GaitwayVectorEnv.step = first_step
sys.argv = ["gaitway", "train", {task!r}, "--out", {out!r}]
main()
"""
_CASES = {
    "python": "pass",
    "import gaitway.envs": "import gaitway.envs",
    "import gaitway.envs.vector_env": "import gaitway.envs.vector_env",
    "gymnasium.make_vec": "import gymnasium; gymnasium.make_vec({task!r}, num_envs=64)",
    "gaitway train, first step": _FIRST_STEP,
}


def measure_startup(task: str, repeats: int) -> dict[str, float]:
    """Seconds from the start of a process, by what it does: the best of `repeats` after one to warm up."""
    return {name: min(_seconds(code, task) for _ in range(repeats + 1)) for name, code in _CASES.items()}


def _seconds(code: str, task: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        program = code.format(task=task, out=f"{folder}/run")
        begin = time.perf_counter()
        result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        seconds = time.perf_counter() - begin
    if result.returncode:
        raise ValueError(f"A process that should start up stopped: {result.stderr.strip().splitlines()[-1]}")
    return seconds
