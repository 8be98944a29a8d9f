"""Pictures of an env's worlds for `render_mode="rgb_array"`: a camera beside each robot."""

from __future__ import annotations

import mujoco
import numpy as np

from .bounds import robot_bounds
from .config import EnvCfg
from .model import compile_model
from .render import RayTracer

WIDTH, HEIGHT = 320, 240
_EYE = np.array([0.9, -1.1, 0.4])  # from the robot to the camera, in diagonals of its bounding box


class Snapshots:
    """Draws worlds of a task with their visual geoms; the camera keeps beside the robot and does not turn."""

    def __init__(self, cfg: EnvCfg) -> None:
        self._model = compile_model(cfg, visuals=True)
        self._tracer = RayTracer(self._model, WIDTH, HEIGHT)
        key = self._model.key(cfg.keyframe)
        low, high = robot_bounds(self._model, key.qpos)
        self._size = float(np.linalg.norm(high - low))
        self._middle = (low + high) / 2
        self._offset = self._middle - key.qpos[:3]

    def place_mocap(self, pos: np.ndarray, quat: np.ndarray) -> None:
        """Put the mocap bodies at `pos` (nmocap, 3) in m, `quat` (nmocap, 4) in the pictures to come."""
        self._tracer.place_mocap(pos, quat)

    def draw(self, qpos: np.ndarray) -> np.ndarray:
        """Picture of state `qpos` (nq,), uint8 (240, 320, 3)."""
        moves = self._model.njnt and self._model.jnt_type[0] == mujoco.mjtJoint.mjJNT_FREE
        middle = qpos[:3] + self._offset if moves else self._middle
        self._tracer.look_at(middle + self._size * _EYE, middle)
        return self._tracer.render(qpos)
