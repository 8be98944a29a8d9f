"""Generate a scene: `gaitway scene warehouse` writes a warehouse in USD with its map and sites."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

import tyro
from rich.console import Console
from rich.table import Table

from ..assets.warehouse.generate import TARGET_COVERAGE, WarehouseSummary, generate_warehouse
from ..assets.warehouse.layout import WarehouseCfg


def main(
    kind: tyro.conf.Positional[Literal["warehouse"]],
    out: Path = Path("warehouse.usda"),
    area_m2: float = 9290.0,
    aisles: int | None = None,
    rack_height: float = 6.0,
    cameras: int = 100,
    seed: int = 0,
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
    """
    begin = time.perf_counter()
    cfg = WarehouseCfg(area_m2, aisles, rack_height, cameras, seed)
    summary = generate_warehouse(out, cfg)
    _print_summary(summary, time.perf_counter() - begin)


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
