"""Generate a scene: `gaitway scene warehouse` writes a warehouse in USD with its map and sites."""

from __future__ import annotations

import io
import math
import time
from pathlib import Path
from typing import Literal

import tyro
from PIL import Image, ImageOps
from rich.console import Console
from rich.table import Table

from ..assets.warehouse.generate import TARGET_COVERAGE, WarehouseSummary, generate_warehouse, write_all
from ..assets.warehouse.layout import WarehouseCfg


def main(
    kind: tyro.conf.Positional[Literal["warehouse"]],
    out: Path = Path("warehouse.usda"),
    area_m2: float = 9290.0,
    aisles: int | None = None,
    rack_height: float = 6.0,
    cameras: int = 100,
    seed: int = 0,
    render: Path | None = None,
    usdz: Path | None = None,
) -> None:
    """Generate a scene.

    Args:
        kind: what to generate.
        out: USD file to write; its instances, map.pgm, map.yaml and sites.json go next to it.
        area_m2: floor area inside the walls, in m2 (9290 m2 are 100,000 sq ft).
        aisles: storage aisles; by default as many as fit at a comfortable width.
        rack_height: height of the rack uprights, in m.
        cameras: number of ceiling cameras.
        seed: seed of everything random; the same arguments give the same bytes.
        render: folder for pictures of the scene: top_down.png and eye_level.png.
        usdz: USDZ file to package the scene in, for viewers of augmented reality.
    """
    if usdz and usdz.suffix != ".usdz":
        raise ValueError(f"--usdz is {usdz}; its name must end in .usdz.")
    begin = time.perf_counter()
    cfg = WarehouseCfg(area_m2, aisles, rack_height, cameras, seed)
    summary = generate_warehouse(out, cfg)
    _print_summary(summary, time.perf_counter() - begin)
    if render:
        _render(out, summary, render)
    if usdz:
        from ..assets.usdz import package_usdz

        Console().print(package_usdz(out, usdz).sentence(usdz))


def _render(scene: Path, summary: WarehouseSummary, folder: Path) -> None:
    """Draw the scene from above the roof and from where a person stands on the main aisle."""
    from ..envs.render import RayTracer
    from ..envs.stage import load_stage

    model = load_stage(scene).compile()
    height = 1.05 * summary.width
    tracer = RayTracer(model, 1280, 800, supersample=2)
    views = {
        "top_down": ((0.0, 0.0, height), (0.0, 0.0, 0.0), 2 * math.atan(0.55 * summary.width / height)),
        "eye_level": (*_eye_level(summary), math.radians(58)),
    }
    pictures = {}
    for name, (eye, target, fovy) in views.items():
        tracer.look_at(eye, target, fovy)
        image = Image.fromarray(tracer.render(model.qpos0))
        if name == "top_down":
            # From that high, haze takes contrast from the picture.
            image = ImageOps.autocontrast(image, cutoff=0.5, preserve_tone=True)
        file = io.BytesIO()
        image.save(file, "PNG", optimize=True)
        pictures[folder / f"{name}.png"] = file.getvalue()
    write_all(pictures)
    for path in pictures:
        Console().print(f"wrote {path}")


def _eye_level(summary: WarehouseSummary) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Eye and target, in m: on the main aisle before the rack ends, looking along it past the docks."""
    y = -summary.width / 2 + 11.0
    return (-0.33 * summary.length, y, 1.7), (-0.05 * summary.length, y + 3.5, 2.4)


def _print_summary(summary: WarehouseSummary, seconds: float) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("floor", f"{summary.length:.1f} m x {summary.width:.1f} m")
    table.add_row("aisles", f"{summary.aisles}, {summary.aisle_width:.2f} m wide")
    table.add_row(
        "loads", f"{summary.loads} on {summary.pallet_positions} pallet positions and before the docks"
    )
    table.add_row("docks, sites", f"{summary.docks} docks, {summary.sites} sites")
    table.add_row("colliders", f"{summary.colliders}")
    table.add_row(
        "cameras",
        f"{summary.cameras} at {summary.camera_height:.1f} m see {summary.coverage:.1%} of the floor that "
        "nothing stands on (racks counted as solid)",
    )
    for path in summary.files:
        table.add_row("wrote", f"{path} ({path.stat().st_size / 1e6:.2f} MB)")
    table.add_row("took", f"{seconds:.2f} s")
    console = Console()
    console.print(table)
    if summary.coverage < TARGET_COVERAGE:
        console.print(f"Below {TARGET_COVERAGE:.0%} of the floor: give more --cameras.", style="yellow")
