"""Pictures of the robots' own cameras: ray-traced, without OpenGL, and lit by the renderer."""

from __future__ import annotations

from typing import Literal

import cv2
import mujoco
import numpy as np

from ...envs.config import EnvCfg
from ...envs.render import RayTracer
from ...envs.sensors.cameras import CameraCfg, DepthReading
from ...envs.sensors.once import once_per_env
from ...envs.vector_env import GaitwayVectorEnv

Kind = Literal["colour", "depth"]

_WIDTH, _HEIGHT = 160, 120
_SHOWN_WIDTH = 320  # pixels; small pictures are enlarged without blur, so that each pixel is seen
_FARTHEST = 10.0  # m


class Cameras:
    """The cameras of a task's robot, and the depth pictures that its policy is given.

    Args:
        env: whose worlds are looked into.
        seen: their model with everything that is drawn.

    Attributes:
        names: what can be shown, each as `CAMERA, KIND`.
    """

    def __init__(self, env: GaitwayVectorEnv, seen: mujoco.MjModel) -> None:
        self._env, self._seen = env, seen
        cameras = [seen.camera(i).name for i in range(seen.ncam)]
        self._tracer: RayTracer | None = None
        self._given = {f"{cfg.name}, as the policy sees it": cfg for cfg in _policy_cameras(env.cfg)}
        self._shown: dict[str, tuple[str, Kind]] = {
            f"{camera}, {kind}": (camera, kind) for camera in cameras for kind in ("colour", "depth")
        }
        self.names = [*self._given, *self._shown]

    def picture(self, name: str, world: int) -> np.ndarray:
        """What the camera `name` of `world` sees now, uint8 (height, width, 3)."""
        if name in self._given:
            cfg = self._given[name]
            reading = once_per_env(self._env, cfg, lambda: DepthReading(self._env, cfg))
            return _enlarged(_depth_colours(reading.depth[world].cpu().numpy(), cfg.max_depth))
        camera, kind = self._shown[name]
        tracer, state = self._tracer_of(world)
        tracer.use_camera(camera, state)
        if kind == "depth":
            return _enlarged(_depth_colours(tracer.render_depth(state), _FARTHEST))
        return _enlarged(tracer.render(state))

    def _tracer_of(self, world: int) -> tuple[RayTracer, np.ndarray]:
        """The tracer, with the furniture of `world` in place, and that world's state."""
        if self._tracer is None:  # compiles kernels: not before somebody asks for a picture
            self._tracer = RayTracer(self._seen, _WIDTH, _HEIGHT, threads=1)
        names = ("mocap_pos", "mocap_quat", "qpos")
        *furniture, state = (self._env.world.view(name)[world].double().cpu().numpy() for name in names)
        self._tracer.place_mocap(*furniture)
        return self._tracer, state


def _policy_cameras(cfg: EnvCfg) -> list[CameraCfg]:
    params = [value for term in cfg.actor.values() for value in term.params.values()]
    return [value for value in params if isinstance(value, CameraCfg)]


def _depth_colours(depth: np.ndarray, farthest: float) -> np.ndarray:
    """Near is warm, far is cold, nothing is black; (height, width, 3)."""
    nearness = 1.0 - (depth / farthest).clip(0.0, 1.0)
    coloured = cv2.applyColorMap((255 * nearness).astype(np.uint8), cv2.COLORMAP_TURBO)[..., ::-1]
    return np.where(((depth > 0) & (depth < farthest))[..., None], coloured, 0).astype(np.uint8)


def _enlarged(picture: np.ndarray) -> np.ndarray:
    factor = max(1, _SHOWN_WIDTH // picture.shape[1])
    return np.ascontiguousarray(picture.repeat(factor, axis=0).repeat(factor, axis=1))
