"""The depth camera at the wrist: its pictures, in the arm's base by the joints' encoders."""

from __future__ import annotations

import math
from collections.abc import Sequence

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

_LEAST_HEIGHT, _FEWEST = 0.010, 30  # m above the board, of a thing somewhere, and pixels of it there
_THIN = 0.0022  # m above the board, of all of it
_FLYING = 0.02  # m from a pixel's neighbours, of a pixel that shows what is behind
_ABOUT, _ENOUGH, _LEAST_OFF = 0.012, 500, 0.0012  # m, pixels, m: which of them show the board itself
_HEADROOM = 0.33  # m above the board
_MARGIN, _FROM_POSTS = 0.006, 0.011  # m from the board's front and back, and from its sides, where posts are
_EYES = [
    (x, y, z) for x in (0.05, 0.15, 0.25) for y in (0.0, -0.15, 0.15, -0.3, 0.3) for z in (0.22, 0.30, 0.40)
]
"""m in the arm's base, z above the board: places for the camera."""
INTO, ABOVE = 0.17, 0.06  # m into the shelf and above the board that the camera looks at
_AWAY = 0.45  # m from the camera to what it looks at, at least
_ELSEWHERE = 0.2  # m from where the camera was, from where it looks again


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


def eyes_about(target: Array, ground: float, others: Sequence[Array] = ()) -> Array:
    """Places (n, 3) in the base for the camera to look at `target` (3,), the best first.

    Args:
        target: m in the base.
        ground: height of the board, m in the base.
        others: (3,) from near which it is not to look again.
    """
    eyes = np.array(_EYES) + np.array([0.0, 0.0, ground])
    eyes = eyes[np.linalg.norm(eyes - target, axis=1) > _AWAY * 0.8]
    for other in others:
        eyes = eyes[np.linalg.norm(eyes - other, axis=1) > _ELSEWHERE]
    return eyes[np.argsort(np.abs(np.linalg.norm(eyes - target, axis=1) - _AWAY), kind="stable")]


def on_board(look: Look, shelf: Array, board: int) -> np.ndarray:
    """Pixels (height, width) of what stands on a board of the shelf at `shelf` (4, 4) in the base.

    A thing is at least 1 cm high somewhere; from there on it goes as far as it is higher than noise, so a
    folded sheet is in one piece whose middle lies flat.
    """
    smooth = cv2.medianBlur(look.depth, 5)
    points = look.camera.unproject(smooth) @ look.base_from_camera[:3, :3].T + look.base_from_camera[:3, 3]
    local = transform(inverse(shelf), points.reshape(-1, 3)).reshape(points.shape)
    local[..., 2] -= SHELF.boards[board]
    aside = SHELF.width / 2 - SHELF.post - _FROM_POSTS
    over = (
        (smooth > 0)
        & ((look.depth == 0) | (np.abs(look.depth - smooth) < _FLYING))
        & (local[..., 0] > _MARGIN)
        & (local[..., 0] < SHELF.depth - _MARGIN)
        & (np.abs(local[..., 1]) < aside)
        & (np.abs(local[..., 2]) < _HEADROOM)
    )
    height = np.where(over, _over_plane(local, over), -_HEADROOM)
    high = height > _LEAST_HEIGHT
    raised = cv2.morphologyEx((height > _THIN).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    raised = raised.astype(bool) | high
    labels = cv2.connectedComponents(raised.astype(np.uint8))[1].astype(int)
    tall = np.bincount(labels[high], minlength=labels.max() + 1) >= _FEWEST
    return raised & tall[labels]


def _over_plane(local: Array, over: np.ndarray) -> Array:
    """Height (height, width) in m over the plane of the board, which pixels `over` it show about at 0.

    A picture is off by some millimetres in height and turn, more than a sheet is thick.
    """
    about = local[over & (np.abs(local[..., 2]) < _ABOUT)]
    if len(about) < _ENOUGH:
        return local[..., 2]
    design = np.column_stack([about[:, :2], np.ones(len(about))])
    keep, plane = np.ones(len(about), bool), np.zeros(3)
    for _ in range(4):
        plane = np.linalg.lstsq(design[keep], about[keep, 2])[0]
        off = np.abs(about[:, 2] - design @ plane)
        keep = off < max(3.0 * float(np.median(off[keep])), _LEAST_OFF)
    return local[..., 2] - local[..., :2] @ plane[:2] - plane[2]


def _tool_from_camera(model: mujoco.MjModel) -> Array:
    """By the robot's file: MuJoCo's cameras look along -Z, optical frames along Z, with Y down."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    mujoco.mj_camlight(model, data)
    camera, tool = data.camera(CAMERA), data.site("tool")
    optical = camera.xmat.reshape(3, 3) @ np.diag([1.0, -1.0, -1.0])
    return inverse(pose_of(tool.xpos, tool.xmat.reshape(3, 3))) @ pose_of(camera.xpos, optical)
