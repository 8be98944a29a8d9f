"""The depth camera at the wrist: its pictures, in the arm's base by the joints' encoders."""

from __future__ import annotations

import math

import cv2
import mujoco
import numpy as np

from ...assets.objects.shelf import SHELF
from ...envs.render import RayTracer
from ...perception.poses import Array, inverse, pose_of, transform
from ...planning.kinematics.forward_numba import tip_poses
from ...planning.planner.planner import Planner
from ..bins.view import HEIGHT, WIDTH, camera_of
from ..manipulation.things import Look, look_of
from .shop import CAMERA, Shop

_LEAST_HEIGHT = 0.010  # m above the board, of a thing
_HEADROOM = 0.33  # m above the board
_MARGIN = 0.006  # m from the board's edges and posts


class Wrist:
    """Takes pictures.

    Args:
        shop: whose camera it is.
        planner: whose tool's pose tells where the camera is.
        seed: of the camera's noise.
        threads: of the CPU.

    Attributes:
        tool_from_camera: (4, 4), of the optical frame: its calibration.
    """

    def __init__(self, shop: Shop, planner: Planner, seed: int, threads: int = 2) -> None:
        self._shop, self._planner = shop, planner
        self._rng = np.random.default_rng([seed, 41])
        self._fovy = math.radians(shop.seen.camera(CAMERA).fovy[0])
        self._tracer = RayTracer(shop.seen, WIDTH, HEIGHT, fovy=self._fovy, threads=threads)
        self.tool_from_camera = _tool_from_camera(shop.seen)

    def look(self) -> Look:
        """A picture from where the camera is."""
        qpos, *mocap = self._shop.pictured()
        self._tracer.place_mocap(*mocap)
        self._tracer.use_camera(CAMERA, qpos)
        rgb, depth, _ = self._tracer.render_all(qpos)
        camera = camera_of(WIDTH, HEIGHT, self._fovy)
        tool = tip_poses(self._planner.group, self._shop.read()[0][None])[0]
        return look_of(rgb, depth, camera, tool @ self.tool_from_camera, self._rng)

    def views(self, eyes: Array, target: Array) -> Array:
        """Poses (n, 4, 4) of the tool with the camera at `eyes` (n, 3), looking at `target` (3,)."""
        forward = target - eyes
        forward = forward / np.linalg.norm(forward, axis=1, keepdims=True)
        right = np.cross(forward, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right, axis=1, keepdims=True)
        cameras = pose_of(eyes, np.stack([right, np.cross(forward, right), forward], axis=-1))
        return cameras @ inverse(self.tool_from_camera)


def on_board(look: Look, shelf: Array, board: int) -> np.ndarray:
    """Pixels (height, width) of what stands on a board of the shelf at `shelf` (4, 4) in the base."""
    smooth = cv2.medianBlur(look.depth, 5)
    points = look.camera.unproject(smooth) @ look.base_from_camera[:3, :3].T + look.base_from_camera[:3, 3]
    local = transform(inverse(shelf), points.reshape(-1, 3)).reshape(points.shape)
    aside = SHELF.width / 2 - SHELF.post - _MARGIN
    height = local[..., 2] - SHELF.boards[board]
    return (
        (smooth > 0)
        & (local[..., 0] > _MARGIN)
        & (local[..., 0] < SHELF.depth - _MARGIN)
        & (np.abs(local[..., 1]) < aside)
        & (height > _LEAST_HEIGHT)
        & (height < _HEADROOM)
    )


def _tool_from_camera(model: mujoco.MjModel) -> Array:
    """By the robot's file: MuJoCo's cameras look along -Z, optical frames along Z, with Y down."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    mujoco.mj_camlight(model, data)
    camera, tool = data.camera(CAMERA), data.site("tool")
    optical = camera.xmat.reshape(3, 3) @ np.diag([1.0, -1.0, -1.0])
    return inverse(pose_of(tool.xpos, tool.xmat.reshape(3, 3))) @ pose_of(camera.xpos, optical)
