"""Reads a robot from whichever file somebody has."""

from __future__ import annotations

from pathlib import Path

from ..errors import RobotFileError
from .shape import RobotDescription
from .urdf import read_urdf

_USD = (".usd", ".usda", ".usdc", ".usdz")


def read_robot(path: Path) -> RobotDescription:
    """Read a URDF or USD file, by its suffix.

    Raises:
        RobotFileError: another kind of file, or one that cannot be read.
        RobotModelError: joints that form no tree, or limits without room.
    """
    if path.suffix == ".urdf":
        return read_urdf(path)
    if path.suffix in _USD:
        from .usd import read_usd  # loads usd-core

        return read_usd(path)
    raise RobotFileError(
        f"{path}: is no URDF or USD file by its name; those end in .urdf, {', '.join(_USD)}."
    )
