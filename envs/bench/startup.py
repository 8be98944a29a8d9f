"""How long a user waits: imports, the first env, and `gaitway train` until its first step."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

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


@dataclass
class Wait:
    """Seconds from the start of a process to its end, and how much of a core it used meanwhile."""

    wall_s: float
    cpu_s: float


def measure_startup(task: str, repeats: int) -> dict[str, Wait]:
    """How long each case takes: the best of `repeats` processes, after one to warm up.

    Raises:
        ValueError: a process failed.
    """
    return {name: _best([_wait(code, task) for _ in range(repeats + 1)]) for name, code in _CASES.items()}


def _best(waits: list[Wait]) -> Wait:
    return Wait(min(wait.wall_s for wait in waits), min(wait.cpu_s for wait in waits))


def _wait(code: str, task: str) -> Wait:
    with tempfile.TemporaryDirectory() as folder:
        program = code.format(task=task, out=f"{folder}/run")
        begin, used = time.perf_counter(), _cpu_of_children()
        result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        wait = Wait(time.perf_counter() - begin, _cpu_of_children() - used)
    if result.returncode:
        raise ValueError(f"A process that should start up stopped: {result.stderr.strip().splitlines()[-1]}")
    return wait


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
