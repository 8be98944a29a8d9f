"""Adds `gaitway.pth` to the wheel's root, for envs/gymnasium_hook.py; all else is in pyproject.toml."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithStartupFile(build_py):
    """Copies `gaitway.pth` next to the packages, where Python reads it at start."""

    def run(self) -> None:
        """Build the packages, then add the file."""
        super().run()
        if not self.editable_mode:
            self.copy_file("gaitway.pth", str(Path(self.build_lib) / "gaitway.pth"))


setup(cmdclass={"build_py": BuildWithStartupFile})
