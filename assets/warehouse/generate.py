"""From a configuration to the files of a warehouse."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..textures.surfaces import png
from . import occupancy_map
from .cameras import coverage, place_cameras
from .docks import dock_prototypes
from .fixtures import block_prototypes, building, floor_markings, station_furniture, station_prototypes
from .layout import WarehouseCfg, plan
from .parts import MATERIALS
from .racks import load_prototypes, rack_prototypes
from .sites import sites_json
from .usd import TEXTURE_FOLDER, author

_TEXTURES = {look.texture for look in MATERIALS.values() if look.texture}

TARGET_COVERAGE = 0.95
"""Share of the free floor that the ceiling cameras should see."""


@dataclass(frozen=True)
class WarehouseSummary:
    """What was generated: floor size in m, counts, and the share of the free floor that cameras see."""

    files: tuple[Path, ...]
    length: float
    width: float
    aisles: int
    aisle_width: float
    docks: int
    pallet_positions: int
    loads: int
    sites: int
    cameras: int
    camera_height: float
    coverage: float
    colliders: int


def generate_warehouse(out: Path, cfg: WarehouseCfg) -> WarehouseSummary:
    """Write `out` (.usda), and next to it its instances, `textures/`, `map.pgm`, `map.yaml` and `sites.json`.

    Either all files are written or none: an older set stays as it was if the disk is full.

    Raises:
        ValueError: `out` does not end in .usda, or the aisles do not fit into the area.
        OSError: a file cannot be written.
    """
    if out.suffix != ".usda":
        raise ValueError(f"--out {out} must end in .usda.")
    rng = np.random.default_rng(cfg.seed)
    layout = plan(cfg, rng)
    layout.props["Stations"] += station_furniture(layout)
    layout.props["Markings"] = floor_markings(layout, rng)
    layout.props["Fixtures"] = building(layout)
    prototypes = (
        rack_prototypes(cfg.rack_height)
        | load_prototypes(rng)
        | dock_prototypes()
        | station_prototypes()
        | block_prototypes()
    )
    cameras = place_cameras(layout)
    seen = coverage(layout, cameras)
    instances = out.with_name(f"{out.stem}_instances.usdc")
    text, arrays = author(layout, prototypes, cameras, instances.name)
    files = {
        instances: arrays,
        out: text.encode(),
        out.with_name("map.pgm"): occupancy_map.pgm_bytes(occupancy_map.rasterize(layout)),
        out.with_name("map.yaml"): occupancy_map.yaml_text(layout, "map.pgm").encode(),
        out.with_name("sites.json"): sites_json(layout, cameras, seen).encode(),
        **{out.parent / TEXTURE_FOLDER / f"{name}.png": png(name) for name in sorted(_TEXTURES)},
    }
    write_all(files)
    return WarehouseSummary(
        files=tuple(files),
        length=layout.length,
        width=layout.width,
        aisles=len(layout.aisle_x),
        aisle_width=layout.aisle_width,
        docks=len(layout.docks),
        pallet_positions=layout.pallet_positions,
        loads=len(layout.props["Loads"]),
        sites=len(layout.sites),
        cameras=len(cameras),
        camera_height=layout.camera_height,
        coverage=seen,
        colliders=len(layout.obstacles) + 5,
    )


def write_all(files: dict[Path, bytes]) -> None:
    """Write every file under a temporary name, then give all of them their names.

    Raises:
        OSError: naming the file that cannot be written; then no file has changed.
    """
    staged = {path: path.with_name(f".{path.name}.{os.getpid()}.tmp") for path in files}
    try:
        for path, content in files.items():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                staged[path].write_bytes(content)
            except OSError as error:
                raise OSError(f"{path}: cannot be written ({error.strerror}).") from error
        for path, temporary in staged.items():
            temporary.replace(path)
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
