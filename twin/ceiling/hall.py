"""A generated warehouse as its ceiling cameras see it when nothing moves, and the zones on its floor."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...assets.warehouse.generate import generate_warehouse
from ...assets.warehouse.layout import CROSS_AISLE, Layout, WarehouseCfg, plan
from ...perception.activity.calibration import Calibration, Line, Zone
from ...perception.camera import Camera
from ...perception.poses import make_pose

_MARGIN = 0.5  # of the map beyond the walls, m


@dataclass(frozen=True, eq=False)
class Hall:
    """An empty warehouse.

    Attributes:
        layout: where everything stands.
        calibration: of its cameras, with zones and lines.
        depth: (cameras, height, width) float32 in m, 0 where nothing is hit.
        rgb: (cameras, height, width, 3) uint8.
    """

    layout: Layout
    calibration: Calibration
    depth: np.ndarray
    rgb: np.ndarray


def open_hall(folder: Path, cfg: WarehouseCfg, width: int = 320, height: int = 240) -> Hall:
    """The warehouse of `cfg`, generated into `folder` and drawn there, unless that was done before."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"warehouse_{cfg.area_m2:g}_{cfg.aisles}_{cfg.rack_height:g}_{cfg.cameras}_{cfg.seed}"
    scene, drawn = folder / stem / "warehouse.usda", folder / stem / f"empty_{width}x{height}.npz"
    if not scene.is_file():
        generate_warehouse(scene, cfg)
    layout = plan(cfg, np.random.default_rng(cfg.seed))
    cameras = ceiling_cameras(scene.with_name("sites.json"), width, height)
    if not drawn.is_file():
        _draw(scene, cameras, drawn)
    with np.load(drawn) as pictures:
        return Hall(layout, calibrate(layout, cameras), pictures["depth"], pictures["rgb"])


def ceiling_cameras(sites: Path, width: int, height: int) -> dict[str, Camera]:
    """The cameras of `sites.json`, for pictures of `width` x `height` px."""
    document = json.loads(sites.read_text())
    model = document["camera_model"]
    (full_width, full_height), lens = model["resolution"], model["intrinsics"]
    cameras = {}
    for entry in document["cameras"]:
        pose = make_pose(entry["position"], entry["quaternion_world_from_optical"])
        # The file counts from the corner of the first pixel, a Camera from its middle.
        camera = Camera(
            full_width, full_height, lens["fx"], lens["fy"], lens["cx"] - 0.5, lens["cy"] - 0.5,
            body_from_camera=pose,
        )  # fmt: skip
        cameras[entry["name"]] = camera.resized(width, height)
    return cameras


def calibrate(layout: Layout, cameras: dict[str, Camera]) -> Calibration:
    """Cameras with the zones of a layout: storage aisles, lane of the AMRs, places to park, and two lines."""
    x, y = layout.half_length, layout.half_width
    north = layout.blocks[-1][1]
    half = layout.aisle_width / 2
    lane = min(3.4, 0.42 * layout.north_depth - 0.1)  # ends where the walkway begins
    zones = [
        _zone(f"aisle_{k + 1:02d}{'ABCDEFGH'[b]}", "aisle", middle - half, start, middle + half, end)
        for k, middle in enumerate(layout.aisle_x)
        for b, (start, end) in enumerate(layout.blocks)
    ]
    zones.append(_zone("amr_lane_north", "amr_lane", -x + 6, north + 1.0, x - 6, north + lane))
    zones += [
        _zone(site.name, "parking", site.position[0] - 1.2, y - 4.0, site.position[0] + 1.2, y)
        for site in layout.sites
        if site.kind == "pick_station"
    ]
    zones.append(_zone("docks", "parking", -x, -y, x, -y + 9.0))
    zones.append(_zone("amr_park", "parking", x - 3.0, layout.blocks[0][0], x, north))
    zones.append(_zone("chargers", "parking", -x, layout.blocks[0][0], -x + 2.5, north))
    south = layout.blocks[0][0]
    lines = [
        Line("main_aisle_middle", np.array([[0.0, south - 4.2], [0.0, south]])),
        Line("north_aisle_middle", np.array([[0.0, north], [0.0, north + CROSS_AISLE]])),
    ]
    bounds = (-x - _MARGIN, -y - _MARGIN, x + _MARGIN, y + _MARGIN)
    return Calibration(cameras, bounds, zones, lines)


def _zone(name: str, kind: str, x0: float, y0: float, x1: float, y1: float) -> Zone:
    return Zone(name, kind, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))


def _draw(scene: Path, cameras: dict[str, Camera], file: Path) -> None:
    """Trace every camera's view of the empty hall."""
    from ...envs.render import RayTracer
    from ...envs.stage import load_stage

    first = next(iter(cameras.values()))
    model = load_stage(scene).compile()
    tracer = RayTracer(model, first.width, first.height)
    depth, rgb = [], []
    for name in cameras:
        tracer.use_camera(name, model.qpos0)
        rgb.append(tracer.render(model.qpos0))
        depth.append(tracer.render_depth(model.qpos0))
    partial = file.with_name(f".{os.getpid()}.{file.name}")
    np.savez(partial, depth=np.stack(depth), rgb=np.stack(rgb))
    partial.rename(file)
