"""Pictures a second of one camera in a generated hall: tile by tile, beside the ray tracer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mujoco
import numpy as np

from ...assets import ASSETS
from ...assets.warehouse.generate import generate_warehouse
from ...assets.warehouse.layout import WarehouseCfg, plan
from ..render import RayTracer
from ..sensors.camera_rig import RigCamera, RigCameraCfg
from ..stage import RobotPlacement, load_stage
from .turns import rates_in_turns, ratios, summary

_WIDTH, _HEIGHT = 640, 480


def measure_sensors(area_m2: float, seconds: float) -> dict[str, Any]:
    """Rates of 640 x 480 px pictures from an AMR in the middle of an aisle, and their ratios."""
    model = _hall(area_m2)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    contestants: dict[str, Callable[[], int]] = {}
    for name, cfg in (
        ("grey", RigCameraCfg(imager=None)),
        ("RGB", RigCameraCfg(imager=None, colour=True)),
        ("grey, lens and noise", RigCameraCfg(distortion=(-0.12, 0.03, 4e-4, -3e-4))),
    ):
        contestants[name] = _taking([RigCamera(model, cfg, [0])], data)
    pair = [RigCamera(model, RigCameraCfg(name=f"stereo_{side}"), [0]) for side in ("left", "right")]
    contestants["stereo on two threads, noise"] = _taking(pair, data)
    rays = RayTracer(model, _WIDTH, _HEIGHT)
    rays.use_camera("stereo_left", model.qpos0)
    contestants["ray tracer, RGB"] = lambda: len(rays.render(model.qpos0)[:1])
    rates = rates_in_turns(contestants, seconds)
    return {
        "area_m2": area_m2,
        "geoms": int(model.ngeom),
        "pixels": [_WIDTH, _HEIGHT],
        "per_second": summary(rates),
        "ratios": ratios(rates, "RGB"),
    }


def _hall(area_m2: float) -> mujoco.MjModel:
    cfg = WarehouseCfg(area_m2=area_m2, cameras=0)
    layout = plan(cfg, np.random.default_rng(cfg.seed))
    place = (layout.aisle_x[len(layout.aisle_x) // 2], layout.blocks[0][0] + 2.0, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "warehouse.usda"
        generate_warehouse(scene, cfg)
        robot = RobotPlacement(ASSETS / "robots/amr.usda", place, np.pi / 2)
        return load_stage(scene, [robot]).compile()


def _taking(cameras: list[RigCamera], data: mujoco.MjData) -> Callable[[], int]:
    """Take a picture with each of the cameras; the first ones, which compile the kernels, are taken here."""

    def take(camera: RigCamera) -> None:
        camera.picture(lambda _: data, 0.0)

    for camera in cameras:
        take(camera)
    pool = ThreadPoolExecutor(len(cameras))

    def work() -> int:
        return len([*pool.map(take, cameras)])

    return work
