"""Lidar scans per second, ours beside `mujoco-lidar` on its two CPU back ends."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, cast

import mujoco
import numpy as np
import torch

from ..config import EnvCfg
from ..one_thread import one_thread
from ..sensors.lidar import Lidar, LidarCfg
from ..vector_env import GaitwayVectorEnv
from ..world import World
from .turns import rates_in_turns, ratios, summary

INSTALL = "pip install mujoco-lidar"
_SITE = "lidar"
_SHIFT = 1e-3  # m, between two scans: ours would not scan again where nothing moved
_POSES = ("geom_xpos", "geom_xmat", "site_xpos", "site_xmat")


class _Posed:
    """What a lidar reads of an env's worlds, with lidars that move."""

    def __init__(self, env: GaitwayVectorEnv) -> None:
        self.device, self.num_worlds = env.device, env.num_envs
        self._views = {name: env.world.view(name).clone() for name in _POSES}
        self._sign = 1

    def view(self, name: str) -> torch.Tensor:
        return self._views[name]

    def move(self) -> None:
        self._views["site_xpos"] += self._sign * _SHIFT
        self._sign = -self._sign


def has_mujoco_lidar() -> bool:
    """Whether the peer is installed."""
    return find_spec("mujoco_lidar") is not None


@one_thread()
def measure_lidar(cfg: EnvCfg, num_envs: int, seconds: float) -> dict[str, Any]:
    """Scans per second of all worlds together, in the rooms that `cfg` resets its worlds to.

    Both scan the same rays from the same poses. `mujoco-lidar cpu` is MuJoCo's `mj_multiRay`, world by world;
    `mujoco-lidar warp` its batched back end, on Warp's CPU device as ours is. One thread each.
    """
    env = GaitwayVectorEnv(cfg, num_envs)
    env.reset(seed=0)
    posed = _Posed(env)
    lidar_cfg = LidarCfg(site=_SITE)
    lidar = Lidar(env.model, cast(World, posed), lidar_cfg)

    def ours() -> int:
        posed.move()
        lidar.ranges()
        return num_envs

    contestants: dict[str, Callable[[], int]] = {"gaitway": ours}
    if has_mujoco_lidar():
        contestants |= _mujoco_lidar(env, posed, lidar_cfg)
    rates = rates_in_turns(contestants, seconds)
    return {
        "worlds": num_envs,
        "rays": lidar_cfg.rays,
        "geoms": env.model.ngeom,
        "per_second": summary(rates),
        "gaitway_is_faster_by": ratios(rates, "gaitway"),
    }


def _mujoco_lidar(env: GaitwayVectorEnv, posed: _Posed, cfg: LidarCfg) -> dict[str, Callable[[], int]]:
    from mujoco_lidar import MjLidarWrapper  # pyright: ignore[reportMissingImports]

    model, count = env.model, env.num_envs
    site = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_SITE, _SITE)
    step = cfg.fov / cfg.rays
    azimuth = -cfg.fov / 2 + step * (np.arange(cfg.rays) + 0.5)
    elevation = np.zeros_like(azimuth)
    skip = {"bodyexclude": int(model.site_bodyid[site])}
    cpu = MjLidarWrapper(model, _SITE, "cpu", cfg.max_range, skip)
    warp = MjLidarWrapper(model, _SITE, "warp", cfg.max_range, skip | {"device": "cpu"})
    data = mujoco.MjData(model)
    views = {name: posed.view(name).numpy() for name in _POSES}

    def world_by_world() -> int:
        posed.move()
        for world in range(count):
            data.geom_xpos[:] = views["geom_xpos"][world]
            data.geom_xmat[:] = views["geom_xmat"][world]
            data.site_xpos[:] = views["site_xpos"][world]
            data.site_xmat[:] = views["site_xmat"][world]
            cpu.trace_rays(data, azimuth, elevation)
        return count

    def batched() -> int:
        posed.move()
        single = {name: values.astype(np.float32) for name, values in views.items()}
        warp.trace_rays_batch(
            single["geom_xpos"],
            single["geom_xmat"].reshape(count, -1, 3, 3),
            single["site_xpos"][:, site],
            single["site_xmat"][:, site].reshape(count, 3, 3),
            azimuth.astype(np.float32),
            elevation.astype(np.float32),
        )
        return count

    return {"mujoco-lidar cpu": world_by_world, "mujoco-lidar warp": batched}
