"""The floor of a small warehouse without its racks, below cameras 9 m up, kept as halls are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from gaitway.assets.warehouse.layout import plan
from gaitway.twin.warehouse.scenario import HallCfg

WIDTH, HEIGHT = 320, 240


def keep_bare_hall(halls: Path, cfg: HallCfg) -> None:
    """Have it in `halls`, so that nothing need be generated and drawn for a run without cameras."""
    warehouse = cfg.warehouse
    folder = halls / f"warehouse_{cfg.area_m2:g}_{cfg.aisles}_{cfg.rack_height:g}_{cfg.cameras}_0"
    folder.mkdir(parents=True)
    (folder / "warehouse.usda").write_text("")
    layout = plan(warehouse, np.random.default_rng(0))
    xs = np.linspace(5 - layout.half_length, layout.half_length - 5, cfg.cameras)
    cameras = [
        {"name": f"camera_{k:02d}", "position": [x, 0.0, 9.0], "quaternion_world_from_optical": [0, 1, 0, 0]}
        for k, x in enumerate(xs)
    ]
    lens = {"fx": 160.0, "fy": 160.0, "cx": 160.0, "cy": 120.0}
    model = {"resolution": [WIDTH, HEIGHT], "intrinsics": lens}
    (folder / "sites.json").write_text(json.dumps({"camera_model": model, "cameras": cameras}))
    depth = np.full((cfg.cameras, HEIGHT, WIDTH), 9.0, np.float32)
    np.savez(
        folder / f"empty_{WIDTH}x{HEIGHT}.npz", depth=depth, rgb=np.full((*depth.shape, 3), 128, np.uint8)
    )
