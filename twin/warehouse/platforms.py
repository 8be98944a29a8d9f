"""The AMRs' bodies: differential drives in parallel physics, each in a world of its own, sent to poses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from ...assets import ASSETS
from ...envs.model import compile_model
from ...envs.registration import load_cfg
from ...envs.threaded_world import ThreadedWorld
from ..record.drive import RADIUS as WHEEL_RADIUS
from ..record.drive import TRACK
from .steering import Steering


class Platforms:
    """N AMRs that can be sent to poses on the floor.

    Args:
        position, yaw: where they begin, (n, 2) m and (n,) rad.
        period: of a tick, s.
        threads: of the CPU.
    """

    def __init__(self, position: np.ndarray, yaw: np.ndarray, period: float, threads: int = 1) -> None:
        cfg = load_cfg("Gaitway/AmrNavigation-v0")
        cfg.scene = ASSETS / "scenes/flat.usda"
        model = compile_model(cfg)
        count = len(position)
        self._period, self._steps = period, round(period / model.opt.timestep)
        self._world = ThreadedWorld(model, count, threads)
        self._qpos, self._qvel = self._world.view("qpos"), self._world.view("qvel")
        self._warmstart = self._world.view("qacc_warmstart")  # from which its solver begins
        qpos = self._qpos.clone()
        qpos[:, :2] = torch.from_numpy(position)
        qpos[:, 3] = torch.from_numpy(np.cos(yaw / 2))
        qpos[:, 4:6] = 0.0
        qpos[:, 6] = torch.from_numpy(np.sin(yaw / 2))
        everybody = torch.ones(count, dtype=torch.bool)
        self._world.reset(everybody, qpos, torch.zeros_like(self._qvel))
        names = [model.actuator(k).name for k in range(model.nu)]
        self._left, self._right = (names.index(f"{side}_wheel_joint") for side in ("left", "right"))
        self._ctrl = torch.zeros(count, model.nu, dtype=self._qpos.dtype)
        self._steering = Steering(count, period)

    @property
    def position(self) -> np.ndarray:
        """(n, 2) m."""
        return self._qpos[:, :2].numpy().copy()

    @property
    def yaw(self) -> np.ndarray:
        """(n,) rad."""
        w, x, y, z = self._qpos[:, 3:7].numpy().T
        return np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))

    @property
    def speed(self) -> np.ndarray:
        """(n,) m/s along the floor."""
        return np.linalg.norm(self._qvel[:, :2].numpy(), axis=1)

    def go(self, goal: np.ndarray, heading: np.ndarray, fastest: np.ndarray) -> np.ndarray:
        """Drive for a tick towards goals (n, 2) in m, then turn to headings (n,) in rad.

        `fastest` (n,) is the speed in m/s that each may have; with 0 it brakes. Returns the distances (n,) to
        the goals in m before the tick.
        """
        left = self._steering.steer(goal - self.position, self.yaw, heading, fastest)
        forward, turning = self._steering.forward, self._steering.turning
        side = turning * TRACK / 2
        self._ctrl[:, self._left] = torch.from_numpy((forward - side) / WHEEL_RADIUS)
        self._ctrl[:, self._right] = torch.from_numpy((forward + side) / WHEEL_RADIUS)
        self._world.set_ctrl(self._ctrl)
        self._world.step(self._steps)
        return left

    def state(self) -> dict[str, np.ndarray]:
        """All of it that goes on: of physics, and of what wheels were told."""
        return {
            "qpos": self._qpos.numpy().copy(), "qvel": self._qvel.numpy().copy(),
            "qacc_warmstart": self._warmstart.numpy().copy(),
            **self._steering.state(),
        }  # fmt: skip

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a `state` of as many AMRs; what they do then is the same to the last bit."""
        everybody = torch.ones(len(self._qpos), dtype=torch.bool)
        self._world.reset(everybody, torch.from_numpy(state["qpos"]), torch.from_numpy(state["qvel"]))
        self._warmstart[:] = torch.from_numpy(state["qacc_warmstart"])
        self._steering.restore(state)
