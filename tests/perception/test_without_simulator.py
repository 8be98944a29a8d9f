"""Perception where no simulator is installed: every module imports."""

from __future__ import annotations

import subprocess
import sys

ABSENT = ("mujoco", "mujoco_warp", "pxr", "gymnasium", "torch", "rsl_rl", "viser")

PROGRAM = """
import importlib, pkgutil, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
import gaitway.perception as perception
names = [module.name for module in pkgutil.walk_packages(perception.__path__, "gaitway.perception.")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def test_every_module_imports_without_a_simulator() -> None:
    program = PROGRAM.format(absent=set(ABSENT))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) > 80
