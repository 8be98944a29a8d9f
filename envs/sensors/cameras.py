"""Tiled cameras: depth, colour and segmentation of every world, from a camera of the robot's own USD file.

mujoco_warp's ray tracer renders them, without OpenGL, by the same code on CPU and CUDA. Physics worlds leave
out what can only be seen, so a camera brings its own model of the scene, and takes from the worlds where
bodies are.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import mujoco
import mujoco_warp as mjw
import torch
import warp as wp

from ..masks import write
from ..model import compile_model
from ..render import scene_of
from ..warp_setup import start_warp
from ..world import World
from .once import once_per_env

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv

Output = Literal["depth", "rgb", "segmentation"]
_DRAWN_GROUPS = [0, 1, 2]  # 3 and up hold collision shapes
_CPU_TILES = 2  # halves of the worlds that are traced side by side: a Warp launch takes one core


@dataclass(frozen=True)
class CameraCfg:
    """The model's camera `name` at `width` x `height` pixels, with a new picture every `every` env steps.

    Depth reads `max_depth` m where nothing is nearer; `noise` is its standard deviation as a share of it.
    """

    name: str = "stereo_left"
    width: int = 64
    height: int = 48
    every: int = 1
    max_depth: float = 10.0
    noise: float = 0.01

    def __post_init__(self) -> None:
        if min(self.width, self.height, self.every) < 1 or not self.max_depth > 0:
            raise ValueError(f"{self} takes no pictures: sizes, `every` and `max_depth` must be positive.")


class TiledCamera:
    """One camera in every world.

    Args:
        seen: the same scene and robot with everything that is drawn, and its cameras.
        world: the worlds that are looked at.
        cfg: which camera, and how large its pictures are.
        outputs: what is computed; each costs time.

    Raises:
        ValueError: `seen` has no such camera, or has other bodies than the worlds.
    """

    def __init__(
        self, seen: mujoco.MjModel, world: World, cfg: CameraCfg, outputs: tuple[Output, ...] = ("depth",)
    ) -> None:
        names = [seen.camera(i).name for i in range(seen.ncam)]
        if cfg.name not in names:
            raise ValueError(f"The model has no camera '{cfg.name}'; it has {', '.join(names) or 'none'}.")
        bodies = ([model.body(i).name for i in range(model.nbody)] for model in (seen, world.model))
        if next(bodies) != next(bodies):
            raise ValueError("The model that a camera sees has other bodies than the worlds it is in.")
        start_warp()
        self.cfg, self.outputs, self._world = cfg, outputs, world
        self._views = world.view("xpos"), world.view("xmat")
        camera = names.index(cfg.name)

        def constant(values: object, dtype: torch.dtype = torch.float32) -> torch.Tensor:
            return torch.as_tensor(values, dtype=dtype).to(world.device)

        self._geom_body, self._geom_pos = constant(seen.geom_bodyid, torch.long), constant(seen.geom_pos)
        self._geom_mat = _matrices(constant(seen.geom_quat))
        self._camera_body = int(seen.cam_bodyid[camera])
        self._camera_pos = constant(seen.cam_pos[camera])
        self._camera_mat = _matrices(constant(seen.cam_quat[camera][None]))[0]
        count = 1 if world.device.type == "cuda" else min(_CPU_TILES, world.num_worlds)
        size = -(-world.num_worlds // count)
        self._tiles = [_Tile(seen, size, cfg, outputs, world.device) for _ in range(count)]

    def render(self, ids: torch.Tensor) -> dict[str, torch.Tensor]:
        """Pictures of worlds `ids` (k,).

        `depth` (k, height, width) float32 is in m along the optical axis, 0 where nothing is hit; `rgb`
        (k, height, width, 3) is uint8; `segmentation` (k, height, width) int32 holds the geom ids of `seen`,
        -1 for none.
        """
        xpos, xmat = (view[ids].float() for view in self._views)
        xmat = xmat.reshape(*xpos.shape[:2], 3, 3)
        body, turn = xpos[:, self._camera_body], xmat[:, self._camera_body]
        eye = body + turn @ self._camera_pos
        # Relative to the eye, so that float32 is exact wherever in a hall it is.
        turns = xmat[:, self._geom_body]
        at = xpos[:, self._geom_body] + (turns @ self._geom_pos[..., None])[..., 0] - eye[:, None]
        mats, view = turns @ self._geom_mat, turn @ self._camera_mat
        chunks = [
            (tile, *parts)
            for tile, *parts in zip(
                self._tiles, *(part.chunk(len(self._tiles)) for part in (at, mats, view)), strict=False
            )
        ]
        if len(chunks) == 1:
            pictures = [_trace(chunks[0])]
        else:
            with ThreadPoolExecutor(len(chunks)) as pool:
                pictures = list(pool.map(_trace, chunks))
        return {name: torch.cat([picture[name] for picture in pictures]) for name in self.outputs}


class _Tile:
    """Room for the pictures of some worlds, traced by one launch."""

    def __init__(
        self,
        seen: mujoco.MjModel,
        size: int,
        cfg: CameraCfg,
        outputs: tuple[Output, ...],
        device: torch.device,
    ) -> None:
        self._device = wp.device_from_torch(device)
        self.cfg, self._outputs = cfg, outputs
        self._at = torch.zeros(size, seen.ngeom, 3, device=device)
        self._mats = torch.eye(3, device=device).repeat(size, seen.ngeom, 1, 1)
        self._view = torch.eye(3, device=device).repeat(size, 1, 1, 1)
        with wp.ScopedDevice(self._device):
            self._scene = scene_of(seen, textures=False)
            self._state = mjw.make_data(mujoco.MjModel.from_xml_string("<mujoco/>"), nworld=size)
            self._state.geom_xpos = wp.from_torch(self._at, dtype=wp.vec3)
            self._state.geom_xmat = wp.from_torch(self._mats, dtype=wp.mat33)
            self._state.cam_xpos = wp.zeros((size, 1), dtype=wp.vec3)
            self._state.cam_xmat = wp.from_torch(self._view, dtype=wp.mat33)
            self._context = mjw.create_render_context(
                seen,
                nworld=size,
                cam_active=[cfg.name],
                cam_res=[(cfg.width, cfg.height)],
                render_rgb="rgb" in outputs,
                render_depth="depth" in outputs,
                render_seg="segmentation" in outputs,
                use_textures=False,
                enabled_geom_groups=_DRAWN_GROUPS,
            )
            self._context.cam_id_map = wp.zeros(1, dtype=int)
            self._context.znear = 0.001
        # A tile whose first trace runs beside another's misses geoms ever after, in one case of twelve.
        self.trace(self._at, self._mats, self._view[:, 0])

    def trace(self, at: torch.Tensor, mats: torch.Tensor, view: torch.Tensor) -> dict[str, torch.Tensor]:
        """Pictures of scenes: geoms at `at` (k, ngeom, 3), turned by `mats`; cameras turned by `view`."""
        count = len(at)
        self._at[:count], self._mats[:count], self._view[:count, 0] = at, mats, view
        self._state.nworld = count
        with wp.ScopedDevice(self._device):
            mjw.refit_bvh(self._scene, self._state, self._context)
            mjw.render(self._scene, self._state, self._context)
        return {name: self._picture(name, count) for name in self._outputs}

    def _picture(self, name: Output, count: int) -> torch.Tensor:
        shape = (count, self.cfg.height, self.cfg.width)
        if name == "depth":
            return wp.to_torch(self._context.depth_data)[:count].reshape(shape).clone()
        if name == "segmentation":
            return wp.to_torch(self._context.seg_data)[:count, :, 0].reshape(shape).clone()
        packed = wp.to_torch(self._context.rgb_data)[:count].view(torch.int32).reshape(shape)
        return torch.stack([(packed >> shift) & 255 for shift in (16, 8, 0)], dim=-1).to(torch.uint8)


def _trace(chunk: tuple[_Tile, torch.Tensor, torch.Tensor, torch.Tensor]) -> dict[str, torch.Tensor]:
    tile, *poses = chunk
    return tile.trace(*poses)


class DepthReading:
    """Depth pictures that are held between exposures, (num_worlds, height, width) in m up to `max_depth`.

    World by world, an exposure falls on every `cfg.every`-th step of an episode, its first one included.
    """

    def __init__(self, env: GaitwayVectorEnv, cfg: CameraCfg) -> None:
        self.cfg = cfg
        self._camera = TiledCamera(compile_model(env.cfg, visuals=True), env.world, cfg)
        self._xpos = env.world.view("xpos")
        self._all = torch.arange(env.num_envs, device=env.device)
        self._exposed_at = torch.full(self._xpos.shape, torch.nan, device=env.device)
        self.depth = torch.zeros(env.num_envs, cfg.height, cfg.width, device=env.device)

    def read(self, step: torch.Tensor, generator: torch.Generator | None, waits: bool) -> torch.Tensor:
        """Pictures as of step `step` (num_worlds,) of each episode; noisy if given a generator.

        Without `waits`, all worlds are drawn and some pictures kept, so that nobody asks which are due.
        """
        now = self._xpos.float()
        is_due = (step % self.cfg.every == 0) & (now != self._exposed_at).flatten(1).any(1)
        ids = is_due.nonzero().flatten() if waits else self._all
        if len(ids):
            write(self._exposed_at, is_due, now)
            depth = self._camera.render(ids)["depth"]
            if generator is not None:
                error = torch.randn(depth.shape, generator=generator, device=depth.device)
                depth = depth * (1 + self.cfg.noise * error)
            far = self.cfg.max_depth
            depth = torch.where(depth > 0, depth.clamp(0.0, far), far)
            self.depth[ids] = torch.where(is_due[ids][:, None, None], depth, self.depth[ids])
        return self.depth


def depth_of(env: GaitwayVectorEnv, cfg: CameraCfg) -> torch.Tensor:
    """What the camera `cfg` of `env` shows, (num_envs, height, width) in m."""
    reading = once_per_env(env, cfg, lambda: DepthReading(env, cfg))
    return reading.read(env.episode_length, env.generator if env.noise else None, not env.never_waits)


def _matrices(quats: torch.Tensor) -> torch.Tensor:
    """Rotation matrices (n, 3, 3) of unit quaternions `wxyz` (n, 4)."""
    w, x, y, z = quats.unbind(-1)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
