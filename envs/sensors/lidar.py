"""Lidar of every world at once: planar or with several beams, with range noise and lost returns.

Chosen by measurement, for 256 worlds x 108 rays x 31 geoms on 2 cores (docs/sensors.md): this scan takes 3 ms
on one thread; `mujoco.batch.Batch.ray` 33 ms on two; PyTorch, boxes alone, 53 ms on two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mujoco
import torch
import warp as wp

from ..warp_setup import start_warp
from ..world import World
from . import ray_kernels
from .once import once_per_env
from .sight import geoms_in_sight
from .streams import stream_of

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


@dataclass(frozen=True)
class LidarCfg:
    """A lidar at the model's site `site`; it scans about the site's Z axis, from right to left.

    `sectors` readings over `fov` rad, each the nearest of `rays_per_sector` rays, as a scanner with finer
    rays is pooled; `elevations` in rad, one row of readings each. Ranges lie in [`min_range`, `max_range`] m:
    no return reads `max_range`. `noise` is the standard deviation of a range in m, `dropout` the probability
    that a reading is lost and reads `max_range`.
    """

    site: str = "lidar"
    sectors: int = 54
    rays_per_sector: int = 2
    fov: float = math.radians(270)
    elevations: tuple[float, ...] = (0.0,)
    min_range: float = 0.05
    max_range: float = 10.0
    noise: float = 0.02
    dropout: float = 0.01

    def __post_init__(self) -> None:
        counts = self.sectors >= 1 and self.rays_per_sector >= 1 and len(self.elevations) >= 1
        if not counts or not 0 < self.fov <= 2 * math.pi or not 0 <= self.min_range < self.max_range:
            raise ValueError(
                f"{self} cannot scan: it needs a sector, a ray and an elevation at least, 0 < fov <= 2 pi "
                "and 0 <= min_range < max_range."
            )

    @property
    def rays(self) -> int:
        """Rays of one row."""
        return self.sectors * self.rays_per_sector


class Lidar:
    """Scans the collision shapes of the model but those of the robot that carries it.

    Worlds in which nothing moved since the last scan are not scanned again, so that a step that reads the
    lidar several times pays once.

    Raises:
        ValueError: there is no such site, or a collision shape of a kind that no ray is computed for.
    """

    def __init__(self, model: mujoco.MjModel, world: World, cfg: LidarCfg) -> None:
        start_warp()
        self.cfg, self._device = cfg, world.device
        site = _site(model, cfg.site)
        geoms = geoms_in_sight(model, int(model.site_bodyid[site]))
        self._warp_device = wp.device_from_torch(world.device)

        def constant(values: object, dtype: torch.dtype = torch.float32) -> torch.Tensor:
            return torch.as_tensor(values, dtype=dtype).to(world.device).contiguous()

        self._geoms = constant(geoms, torch.long)
        self._kinds = constant(model.geom_type[geoms], torch.int32)
        self._sizes, self._radii = constant(model.geom_size[geoms]), constant(model.geom_rbound[geoms])
        self._directions = constant(_directions(cfg))
        step = cfg.fov / cfg.rays
        self._first_azimuth, self._azimuth_step = -cfg.fov / 2 + step / 2, step
        self._views = [world.view(name) for name in ("geom_xpos", "geom_xmat", "site_xpos", "site_xmat")]
        self._site = site
        count = world.num_worlds
        self._poses = [
            torch.full((count, *shape), torch.nan, device=world.device)
            for shape in ((len(geoms), 3), (len(geoms), 9), (3,), (9,))
        ]
        self._is_stale = torch.zeros(count, dtype=torch.bool, device=world.device)
        self._distances = torch.zeros(count, len(cfg.elevations), cfg.rays, device=world.device)
        self._inputs = self._kernel_inputs()

    def _kernel_inputs(self) -> list[object]:
        """Arguments of the kernel; all of them live as long as the lidar, so that they are wrapped once."""
        positions, rotations, eyes, eye_rotations = self._poses
        return [
            wp.from_torch(self._kinds),
            wp.from_torch(self._sizes, dtype=wp.vec3),
            wp.from_torch(self._radii),
            wp.from_torch(positions, dtype=wp.vec3),
            wp.from_torch(rotations.unflatten(-1, (3, 3)), dtype=wp.mat33),
            wp.from_torch(eyes, dtype=wp.vec3),
            wp.from_torch(eye_rotations.unflatten(-1, (3, 3)), dtype=wp.mat33),
            wp.from_torch(self._directions, dtype=wp.vec3),
            self._first_azimuth,
            self._azimuth_step,
            wp.from_torch(self._is_stale),
            wp.from_torch(self._distances),
        ]

    def ranges(self) -> torch.Tensor:
        """True ranges of every ray in m, (num_worlds, elevations, rays), right to left; read-only."""
        self._take_poses()
        self._distances.masked_fill_(self._is_stale[:, None, None], self.cfg.max_range)
        wp.launch(
            ray_kernels.scan,
            dim=(len(self._distances), len(self._geoms)),
            inputs=self._inputs,
            device=self._warp_device,
            stream=stream_of(self._device),
        )
        return self._distances

    def read(self, generator: torch.Generator | None = None) -> torch.Tensor:
        """Readings in m, (num_worlds, elevations, sectors), right to left; noisy if given a generator."""
        cfg = self.cfg
        ranges = self.ranges().unflatten(-1, (cfg.sectors, cfg.rays_per_sector)).amin(-1)
        if generator is None:
            return ranges.clamp(cfg.min_range, cfg.max_range)
        error = torch.randn(ranges.shape, generator=generator, device=ranges.device)
        lost = torch.rand(ranges.shape, generator=generator, device=ranges.device) < cfg.dropout
        no_return = lost | (ranges >= cfg.max_range)
        noisy = (ranges + cfg.noise * error).clamp(cfg.min_range, cfg.max_range)
        return torch.where(no_return, cfg.max_range, noisy)

    def ends(self) -> torch.Tensor:
        """Ends of all rays, (num_worlds, elevations, rays, 3) m in the world; the eye where none returns."""
        ranges = self.ranges()
        ranges = torch.where(ranges < self.cfg.max_range, ranges, 0.0)
        *_, eyes, turns = self._poses
        rays = turns.unflatten(-1, (3, 3))[:, None, None] @ (self._directions * ranges[..., None])[..., None]
        return eyes[:, None, None] + rays[..., 0]

    def _take_poses(self) -> None:
        """Copy the poses of now, and mark the worlds in which one is not that of the last scan."""
        self._is_stale.zero_()
        for view, last in zip(self._views, self._poses, strict=True):
            now = view[:, self._geoms] if last.ndim == 3 else view[:, self._site]
            now = now.float().reshape(last.shape)
            self._is_stale |= (now != last).flatten(1).any(1)
            last.copy_(now)


def lidar_of(env: GaitwayVectorEnv, cfg: LidarCfg) -> Lidar:
    """The lidar `cfg` of `env`, built at the first call."""
    return once_per_env(env, cfg, lambda: Lidar(env.model, env.world, cfg))


def _site(model: mujoco.MjModel, name: str) -> int:
    names = [model.site(i).name for i in range(model.nsite)]
    if name not in names:
        raise ValueError(
            f"The robot has no site '{name}' for a lidar; it has {', '.join(names) or 'none'}. Put an Xform "
            "named 'lidar' or '*_lidar' on one of its bodies."
        )
    return names.index(name)


def _directions(cfg: LidarCfg) -> torch.Tensor:
    """Unit vectors in the site's frame, (elevations, rays, 3), at the middles of equal shares of `fov`."""
    step = cfg.fov / cfg.rays
    azimuth = -cfg.fov / 2 + step * (torch.arange(cfg.rays, dtype=torch.float64) + 0.5)
    elevation = torch.tensor(cfg.elevations, dtype=torch.float64)[:, None]
    x, y = torch.cos(elevation) * torch.cos(azimuth), torch.cos(elevation) * torch.sin(azimuth)
    return torch.stack((x, y, torch.sin(elevation).expand_as(x)), dim=-1)
