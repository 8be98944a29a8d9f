"""Make a robot ready for planning: tree, limits, collision spheres and pairs of links that may meet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..planning.robot.model import RobotModel
    from ..planning.robot.spheres import SphereFit


def main(
    file: Path,
    /,
    out: Path | None = None,
    picture: Path | None = None,
    protrusion: float = 0.02,
    seed: int = 0,
) -> None:
    """Fit spheres to a robot's links and write all that a planner needs as one JSON file.

    Args:
        file: the robot in USD, URDF or MJCF.
        out: JSON file to write.
        picture: PNG of links and spheres from three sides.
        protrusion: how far spheres may stand out of a link, in m; less needs more spheres.
        seed: of the points and configurations sampled.
    """
    from ..assets.warehouse.generate import write_all
    from ..perception.warp_setup import start_warp
    from ..planning.robot.file import robot_json
    from ..planning.robot.model import fit_robot
    from ..planning.robot.picture import draw_spheres
    from ..planning.robot.read import read_robot

    start_warp()
    with _without_mjcf(file) as readable:
        description = read_robot(readable)
        model, fits = fit_robot(description, protrusion, seed)
        _print_fits(model, fits)
        files = {}
        if out:
            files[out] = robot_json(model).encode()
        if picture:
            files[picture] = draw_spheres(description, model)
    write_all(files)
    for path in files:
        print(f"wrote {path}")


@contextmanager
def _without_mjcf(file: Path) -> Iterator[Path]:
    """The file itself, or a USD file for as long as it is needed if it is MJCF."""
    if file.suffix != ".xml":
        yield file
        return
    from ..assets.convert import convert_robot  # loads the simulator

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{file.stem}.usdc"
        convert_robot(file).layer.Export(str(path))
        yield path


def _print_fits(model: RobotModel, fits: Mapping[str, SphereFit]) -> None:
    from ..planning.robot.self_collision import CHECK
    from .bench.report import print_table

    rows = [
        (
            name,
            str(len(fit.radii)),
            f"{fit.coverage:.2%}",
            f"{1e3 * fit.uncovered:.1f}",
            f"{fit.excess:.2f}",
            f"{1e3 * fit.protrusion:.0f}",
        )
        for name, fit in fits.items()
    ]
    columns = ("link", "spheres", "covered", "missed, mm", "excess volume", "stand out by, mm")
    print_table(f"Spheres of {model.tree.name}: {len(model.sphere_radius)}", columns, rows)
    names = [model.tree.joint_names[row] for row in model.tree.moving]
    print(f"{len(names)} joints: {', '.join(names)}")
    print(f"{int((np.triu(model.pairs == CHECK, 1)).sum())} pairs of links are checked against each other")
