"""Convert an MJCF or URDF robot to USD, and compare the two models field by field."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

MOTION_TOLERANCE = 1e-6  # m and rad


def main(robot: Annotated[Path, tyro.conf.Positional], out: Path, seed: int = 0) -> int:
    """Convert a robot. Exit status 1 means: written, but not equal to the original in what is listed.

    Args:
        robot: MJCF (.xml) or URDF (.urdf) file.
        out: USD file to write (.usda or .usdc), self-contained.
        seed: of the random control under which both models must move alike.
    """
    from ..assets.convert import convert_robot
    from ..envs.compare import compare_models
    from ..envs.compare_motion import motion_error
    from ..envs.stage import load_stage

    if out.suffix not in (".usda", ".usdc", ".usd"):
        raise ValueError(f"{out}: is not a USD file's name; end it in .usda, .usdc or .usd.")
    conversion = convert_robot(robot)
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.stem}.partial{out.suffix}")
    try:
        conversion.layer.Export(str(partial))
        converted = load_stage(partial).compile()
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    original = conversion.original
    print(f"{out}: {original.nbody - 1} bodies, {original.njnt} joints, {original.nu} actuators.")
    differences = compare_models(original, converted)
    if differences:
        _print_differences(differences)
        return 1
    error = motion_error(original, converted, seed=seed)
    print(f"Equal to {robot}, and moves within {error:.1e} m or rad of it in every step of 2 s.")
    return 0 if error <= MOTION_TOLERANCE else 1


def _print_differences(differences: list) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("element", "field", "original", "USD", title="Differences", title_justify="left")
    for difference in differences:
        name = f"{difference.kind} {difference.name}"
        table.add_row(name, difference.field, difference.first, difference.second)
    Console().print(table)
