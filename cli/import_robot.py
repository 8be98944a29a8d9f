"""Convert an MJCF or URDF robot to USD, and compare the two models field by field and in motion."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro


def main(robot: Annotated[Path, tyro.conf.Positional], out: Path, seed: int = 0) -> int:
    """Convert a robot. Exit status 1 means: written, but not equal to the original in what is listed.

    Args:
        robot: MJCF (.xml) or URDF (.urdf) file.
        out: USD file to write (.usda or .usdc), self-contained.
        seed: of the random control under which both models must move alike.
    """
    from ..envs.import_robot import MOTION_TOLERANCE, import_robot

    imported = import_robot(robot, out, seed)
    original = imported.original
    print(f"{out}: {original.nbody - 1} bodies, {original.njnt} joints, {original.nu} actuators.")
    if imported.differences:
        _print_differences(imported.differences)
    error = imported.motion_error
    if error is None:
        print(f"{robot}: moves otherwise: the models have other joints or controls.")
    elif error == 0:
        print(f"Moves like {robot}, to the last bit, through 2 s of random control.")
    else:
        verdict = "like" if error <= MOTION_TOLERANCE else "otherwise than"
        print(f"Moves {verdict} {robot}: up to {error:.1e} m or rad apart in 2 s of random control.")
    if imported.passes:
        print(f"Equal to {robot}.")
    return 0 if imported.passes else 1


def _print_differences(differences: list) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("element", "field", "original", "USD", title="Differences", title_justify="left")
    for difference in differences:
        name = f"{difference.kind} {difference.name}"
        table.add_row(name, difference.field, difference.first, difference.second)
    Console().print(table)
