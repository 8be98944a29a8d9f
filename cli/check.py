"""Load and compile a USD stage; print what was converted, added and not carried."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

if TYPE_CHECKING:
    import mujoco
    from rich.table import Table

    from ..envs.stage import StageReport


def main(
    stage: Annotated[Path, tyro.conf.Positional],
    as_json: Annotated[bool, tyro.conf.arg(name="json")] = False,
) -> None:
    """Check a stage; warnings do not fail it, errors do.

    Args:
        stage: USD file of a robot or a scene.
        as_json: print the report as JSON.
    """
    from ..envs.stage import load_stage

    loaded = load_stage(stage)
    model = loaded.compile()
    size = _size(model)
    if as_json:
        print(json.dumps({**loaded.report.to_json(), "model": size}, indent=2))
    else:
        _print_report(loaded.report, size)


def _size(model: mujoco.MjModel) -> dict[str, float]:
    return {
        "bodies": model.nbody - 1,  # the world is no body of anyone's
        "joints": model.njnt,
        "degrees_of_freedom": model.nv,
        "geoms": model.ngeom,
        "actuators": model.nu,
        "sensors": model.nsensor,
        "cameras": model.ncam,
        "keyframes": model.nkey,
        "mass_kg": round(float(model.body_mass.sum()), 6),
    }


def _print_report(report: StageReport, size: dict[str, float]) -> None:
    from rich.console import Console

    console = Console()
    table = _table(report.file, "model", "")
    for name, value in size.items():
        table.add_row(name.replace("_", " "), f"{value:g}")
    for kind, number in report.added.items():
        table.add_row(f"added beyond MuJoCo's importer: {kind}", str(number))
    console.print(table)
    for line in report.conversions:
        console.print(line, markup=False, highlight=False)
    if report.not_carried:
        lost = _table("Not carried into the model", "prim", "what, and why")
        for path, reason in report.not_carried.items():
            lost.add_row(path, reason)
        console.print(lost)
    for line in report.remarks:
        console.print(f"Remark: {line}", markup=False, highlight=False)


def _table(title: str, *columns: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
