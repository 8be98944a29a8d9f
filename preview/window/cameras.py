"""Pictures of the robots' own cameras, drawn as the tiled cameras of training draw them."""

from __future__ import annotations

from typing import Literal

import cv2
import mujoco
import numpy as np
import torch

from ...envs.config import EnvCfg
from ...envs.sensors.cameras import CameraCfg, DepthReading, TiledCamera
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
        seen: its model with everything that is drawn.

    Attributes:
        names: what can be shown, each as `CAMERA, KIND`.
    """

    def __init__(self, env: GaitwayVectorEnv, seen: mujoco.MjModel) -> None:
        self._env, self._seen = env, seen
        cameras = [seen.camera(i).name for i in range(seen.ncam)]
        self._drawn: dict[str, TiledCamera] = {}
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
        picture = self._camera(camera).render(torch.tensor([world], device=self._env.device))
        if kind == "depth":
            return _enlarged(_depth_colours(picture["depth"][0].cpu().numpy(), _FARTHEST))
        return _enlarged(picture["rgb"][0].cpu().numpy())

    def _camera(self, name: str) -> TiledCamera:
        if name not in self._drawn:
            cfg = CameraCfg(name, _WIDTH, _HEIGHT)
            self._drawn[name] = TiledCamera(self._seen, self._env.world, cfg, ("rgb", "depth"))
        return self._drawn[name]


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
